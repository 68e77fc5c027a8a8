import type { CodecSpec } from '../../../src/codecs/contract/meta';
import { formatCodec } from '../../../src/codecs/contract/spec';
import {
  hostRate,
  predictedSeconds,
  timeEncoding,
  type EncodeTiming,
  type FittedRates,
} from '../../../src/lab/estimate/encodeTiming';
import { bytes, count, fixed, grouped, significant } from '../../../src/base/format';
import { adapterName, type Lab } from '../../../src/lab/lab';
import { measureOverheads } from '../../../src/lab/estimate/deviceSpeed';
import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import { DEFAULT_CALIBRATION, DEFAULT_SEED, EMBEDDED_MODELS } from '../../../src/lab/plan/presets';
import type { Model } from '../../../src/models/model';
import { runCommand } from '../../shared/command';
import { nodeLab } from '../../../src/platform/node/lab';
import { optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';
import { CLI_WORLD } from '../../shared/world';

const { context, codec } = PLAN_PARAMETERS;
const windows = PLAN_PARAMETERS['calibration-windows'];
const DEFAULTS = { codec: 'gptq(bits=4,group=32)', windows: '32', context: '256' };

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded language model or folder in hub layout (repeatable; default: the embedded ones)',
    repeatable: true,
  },
  codec: { value: codec.value, help: `calibrated codec (default: ${DEFAULTS.codec})` },
  'calibration-windows': { value: windows.value, help: `${windows.help} (default: ${DEFAULTS.windows})` },
  context: { value: context.value, help: `${context.help} (default: ${DEFAULTS.context})` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
};

const GPTQ_HELP = `Usage: npm run bench -- gptq [options]

Times calibrated encoding against its operation-count model: counted operations, measured seconds, and what the model
predicts from the rates of the smallest model. Each model is encoded twice; the second time counts.

${optionsHelp(OPTIONS)}`;

export interface GptqRequest {
  models: readonly string[];
  spec: CodecSpec;
  windows: number;
  context: number;
  adapter?: string;
}

/** `npm run bench -- gptq`. @returns the exit code */
export function gptqMain(args: readonly string[]): Promise<number> {
  return runCommand({ help: GPTQ_HELP, parse: parseGptq, execute: bench }, args);
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseGptq(args: readonly string[]): GptqRequest {
  const { values } = readArguments(args, OPTIONS);
  const one = (name: string) => values.get(name)?.[0];
  const texts = [...EMBEDDED_MODELS].flatMap(([id, task]) => (task === 'language-model' ? [id] : []));
  const models = (values.get('model') ?? texts).map((name) => CLI_WORLD.model(name));
  if (models.some(({ task }) => task !== 'language-model'))
    throw usage('bench gptq times language models.', 'Leave image models out.');
  const specs = codec.parse(one('codec') ?? DEFAULTS.codec, '--codec');
  if (specs.length !== 1) throw usage(`--codec names ${specs.length} codecs.`, 'Give one.');
  return {
    models: models.map(({ id }) => id),
    spec: specs[0],
    windows: windows.parse(one('calibration-windows') ?? DEFAULTS.windows, '--calibration-windows'),
    context: context.parse(one('context') ?? DEFAULTS.context, '--context'),
    ...(one('adapter') !== undefined && { adapter: one('adapter') }),
  };
}

async function bench(request: GptqRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeLab(request.adapter);
  try {
    const timed: { model: Model; timing: EncodeTiming }[] = [];
    for (const id of request.models) {
      process.stderr.write(`${id}\n`);
      const model = await lab.openModel(id, signal);
      timed.push({ model, timing: await secondTiming(lab, model, request, signal) });
    }
    timed.sort((a, b) => a.timing.parameters - b.timing.parameters);
    const rates = await fit(lab, timed[0].timing, timed.at(-1)!.model, signal);
    process.stdout.write(
      report(
        lab,
        request,
        timed.map(({ timing }) => timing),
        rates,
      ),
    );
    return 0;
  } finally {
    lab.gpu.destroy();
  }
}

/** The first run compiles shaders. */
async function secondTiming(
  lab: Lab,
  model: Model,
  { spec, windows, context }: GptqRequest,
  signal: AbortSignal,
): Promise<EncodeTiming> {
  const calibration = { data: DEFAULT_CALIBRATION['language-model'], windows, draws: 1 };
  const options = { spec, context, seed: DEFAULT_SEED, signal };
  const few = { ...calibration, windows: Math.min(windows, 2) };
  await timeEncoding(lab, model, { ...options, calibration: few });
  return timeEncoding(lab, model, { ...options, calibration });
}

async function fit(
  lab: Lab,
  smallest: EncodeTiming,
  largest: Model,
  signal: AbortSignal,
): Promise<FittedRates> {
  return {
    flopsPerSecond: smallest.calibration / smallest.seconds.calibrate,
    hostFlopsPerSecond: hostRate(largest),
    ...(await measureOverheads(lab.gpu, signal)),
  };
}

function report(
  lab: Lab,
  { spec, windows, context }: GptqRequest,
  timings: readonly EncodeTiming[],
  rates: FittedRates,
): string {
  const header =
    '| Model | Parameters | GPU operations | counted ÷ stated | CPU operations | Calibrate s | Encode s | Operations/s | Predicted s | Measured ÷ predicted | Peak GPU memory |';
  const lines = [header, `|:--|${'--:|'.repeat(10)}`, ...timings.map((timing) => row(timing, rates))];
  const { flopsPerSecond, hostFlopsPerSecond, dispatchMs, waitMs } = rates;
  return (
    `\`${formatCodec(spec)}\`, ${windows} windows of ${context} tokens, on ${adapterName(lab.gpu)} (${lab.runtime})\n\n` +
    `${lines.join('\n')}\n\n` +
    `Rates: ${giga(flopsPerSecond)} GFLOP/s (calibration of ${timings[0].model}), ` +
    `${giga(hostFlopsPerSecond)} GFLOP/s float64 on the host, ` +
    `${significant(1000 * dispatchMs)} µs a dispatch, ${significant(1000 * waitMs)} µs a wait.\n`
  );
}

function row(timing: EncodeTiming, rates: FittedRates): string {
  const { model, parameters, seconds, counted, calibration, encoding, peakGpuBytes } = timing;
  const total = seconds.calibrate + seconds.encode;
  const predicted = predictedSeconds(timing, rates);
  const cells = [
    model,
    `${count(parameters)} (${grouped(parameters)})`,
    `${giga(counted)} G`,
    fixed(counted / (calibration + encoding.gpu), 2),
    `${giga(encoding.host)} G`,
    significant(seconds.calibrate),
    significant(seconds.encode),
    `${giga(counted / total)} G`,
    significant(predicted),
    fixed(total / predicted, 2),
    bytes(peakGpuBytes),
  ];
  return `| ${cells.join(' | ')} |`;
}

function giga(value: number): string {
  return significant(value / 1e9);
}
