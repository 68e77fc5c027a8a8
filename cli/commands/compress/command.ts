import type { Recipe } from '../../../src/artefact/recipe';
import { formatCodec } from '../../../src/codecs/contract/spec';
import { compressTo } from '../../../src/lab/artefacts/compress';
import { fixed, grouped, significant } from '../../../src/base/format';
import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import type { CalibrationPlan } from '../../../src/lab/plan/plan';
import { DEFAULT_CALIBRATION, DEFAULT_CONTEXT, DEFAULT_SEED, PRESETS } from '../../../src/lab/plan/presets';
import { FileSink } from '../../../src/platform/node/artefactFile';
import { runCommand } from '../../shared/command';
import { nodeLab } from '../../../src/platform/node/lab';
import {
  optionsHelp,
  readArguments,
  required,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { userPath } from '../../../src/platform/node/paths';
import { peakMemoryLine } from '../../../src/platform/node/peakMemory';
import { ProgressBar } from '../../../src/platform/node/progressBar';
import { CLI_WORLD } from '../../shared/world';

const { model, codec, scope, rest, seed, calibration, context } = PLAN_PARAMETERS;
const calibrationWindows = PLAN_PARAMETERS['calibration-windows'];

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, or a folder in Hugging Face hub layout' },
  codec: { value: 'SPEC', help: 'one codec with options, e.g. "rtn(bits=4,group=32)"' },
  out: { value: 'FILE', help: 'the artefact to write (a safetensors file)' },
  scope: { value: scope.value, help: `${scope.help} (default: ${scope.fallback})` },
  rest: { value: rest.value, help: `${rest.help} (default: ${rest.fallback})` },
  calibration: { value: calibration.value, help: `${calibration.help} (default: ${calibration.fallback})` },
  'calibration-windows': {
    value: calibrationWindows.value,
    help: `${calibrationWindows.help} (default: ${calibrationWindows.fallback})`,
  },
  context: { value: context.value, help: `tokens per calibration window (default: ${context.fallback})` },
  seed: { value: seed.value, help: `${seed.help} (default: ${seed.fallback})` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
};

export const COMPRESS_HELP = `Usage: npm run compress -- --model NAME --codec SPEC --out FILE [options]

Writes the compressed model as one file: exactly the bytes that \`sweep\` measures and \`decompress\` restores. The model is
read, compressed and written tensor by tensor, so that it may be larger than memory (docs/large-models.md).

${optionsHelp(OPTIONS)}`;

export interface CompressRequest {
  model: string;
  recipe: Recipe;
  out: string;
  seed: number;
  calibration: CalibrationPlan | null;
  context: number;
  adapter?: string;
}

/** `npm run compress`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPRESS_HELP, parse: parseCompress, execute: compress }, args);
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseCompress(args: readonly string[]): CompressRequest {
  const given = readArguments(args, OPTIONS);
  const source = CLI_WORLD.model(model.parse(required(given, 'model'), '--model'));
  return {
    model: source.id,
    recipe: recipeOf(given),
    out: userPath(required(given, 'out')),
    seed: seed.parse(valueOf(given, 'seed', String(DEFAULT_SEED)), '--seed'),
    calibration: calibrationOf(given, DEFAULT_CALIBRATION[source.task]),
    context: context.parse(valueOf(given, 'context', String(DEFAULT_CONTEXT)), '--context'),
    adapter: given.values.get('adapter')?.[0],
  };
}

function recipeOf(given: Arguments): Recipe {
  const specs = codec.parse(required(given, 'codec'), '--codec');
  if (specs.length > 1)
    throw usage(`--codec names ${specs.length} codecs; an artefact has one.`, 'Run compress once for each.');
  return {
    spec: specs[0],
    scope: scope.parse(valueOf(given, 'scope', 'linear'), '--scope'),
    rest: rest.parse(valueOf(given, 'rest', 'float16'), '--rest'),
  };
}

function calibrationOf(given: Arguments, fallback: string): CalibrationPlan | null {
  const data = calibration.parse(valueOf(given, 'calibration', fallback), '--calibration');
  if (data === 'none') return null;
  const wanted = valueOf(given, 'calibration-windows', String(PRESETS.default.calibrationWindows));
  const windows = calibrationWindows.parse(wanted, '--calibration-windows');
  return { data: CLI_WORLD.data(data).id, windows, draws: 1 };
}

function valueOf({ values }: Arguments, name: string, fallback: string): string {
  return values.get(name)?.[0] ?? fallback;
}

async function compress(request: CompressRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeLab(request.adapter);
  const bar = new ProgressBar(process.stderr);
  bar.start(formatCodec(request.recipe.spec));
  const started = performance.now();
  const onProgress = (fraction: number, tensor: string) => {
    const elapsedMs = performance.now() - started;
    bar.update({ fraction, step: tensor, elapsedMs, remainingMs: elapsedMs / fraction - elapsedMs });
  };
  try {
    const source = await lab.openModel(request.model, signal);
    const { recipe, seed, calibration, context } = request;
    const options = { seed, calibration, context, signal, onProgress };
    const { size, file } = await compressTo(new FileSink(request.out), lab, source, recipe, options);
    const { totalBytes, assetBytes, bitsPerWeight, bitsPerCodedWeight, ratioFloat32 } = size;
    bar.clear();
    process.stdout.write(
      `${request.out}\n` +
        `${grouped(totalBytes)} bytes (${grouped(totalBytes - assetBytes)} without tokenizer and preprocessor), ` +
        `${significant(ratioFloat32)}× smaller than float32\n` +
        `${fixed(bitsPerWeight, 3)} bits per weight, ${fixed(bitsPerCodedWeight, 3)} per coded weight\n` +
        `sha256 ${file.sha256}\n${peakMemoryLine()}\n`,
    );
    return 0;
  } finally {
    bar.clear();
    lab.gpu.destroy();
  }
}
