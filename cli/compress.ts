import { sha256Hex } from '../src/base/checksum';
import { writeArtefact } from '../src/artefact/write';
import type { Recipe } from '../src/artefact/recipe';
import { formatCodec } from '../src/codecs/spec';
import { fixed, grouped, significant } from '../src/lab/format';
import { PLAN_PARAMETERS } from '../src/lab/planParameters';
import { DEFAULT_SEED } from '../src/lab/presets';
import { runCommand } from './command';
import { writeWhole } from './files';
import { nodeLab } from './nodeLab';
import { optionsHelp, readArguments, required, usage, type Arguments, type OptionTable } from './options';
import { userPath } from './paths';
import { ProgressBar } from './progressBar';
import { CLI_WORLD } from './world';

const { model, codec, scope, rest, seed } = PLAN_PARAMETERS;

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, or a folder in Hugging Face hub layout' },
  codec: { value: 'SPEC', help: 'one codec with options, e.g. "rtn(bits=4,group=32)"' },
  out: { value: 'FILE', help: 'the artefact to write (a safetensors file)' },
  scope: { value: scope.value, help: `${scope.help} (default: ${scope.fallback})` },
  rest: { value: rest.value, help: `${rest.help} (default: ${rest.fallback})` },
  seed: { value: seed.value, help: `${seed.help} (default: ${seed.fallback})` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
};

export const COMPRESS_HELP = `Usage: npm run compress -- --model NAME --codec SPEC --out FILE [options]

Writes the compressed model as one file: exactly the bytes that \`sweep\` measures and \`decompress\` restores.

${optionsHelp(OPTIONS)}`;

export interface CompressRequest {
  model: string;
  recipe: Recipe;
  out: string;
  seed: number;
  adapter?: string;
}

/** `npm run compress`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPRESS_HELP, parse: parseCompress, execute: compress }, args);
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseCompress(args: readonly string[]): CompressRequest {
  const given = readArguments(args, OPTIONS);
  return {
    model: CLI_WORLD.model(model.parse(required(given, 'model'), '--model')).id,
    recipe: recipeOf(given),
    out: userPath(required(given, 'out')),
    seed: seed.parse(valueOf(given, 'seed', String(DEFAULT_SEED)), '--seed'),
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
    const written = await writeArtefact(lab.gpu, source, request.recipe, {
      seed: request.seed,
      signal,
      onProgress,
    });
    await writeWhole(request.out, written.bytes);
    const { totalBytes, assetBytes, bitsPerWeight, bitsPerCodedWeight, ratioFloat32 } = written.size;
    bar.clear();
    process.stdout.write(
      `${request.out}\n` +
        `${grouped(totalBytes)} bytes (${grouped(totalBytes - assetBytes)} without tokenizer and preprocessor), ` +
        `${significant(ratioFloat32)}× smaller than float32\n` +
        `${fixed(bitsPerWeight, 3)} bits per weight, ${fixed(bitsPerCodedWeight, 3)} per coded weight\n` +
        `sha256 ${await sha256Hex(written.bytes)}\n`,
    );
    return 0;
  } finally {
    bar.clear();
    lab.gpu.destroy();
  }
}
