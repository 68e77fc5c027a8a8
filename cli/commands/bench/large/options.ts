import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { LARGE_MODELS, withBlocks, type LargeModel } from './largeModels';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type OptionTable,
} from '../../../shared/options';

const { codec } = PLAN_PARAMETERS;
const calibrationWindows = PLAN_PARAMETERS['calibration-windows'];
/** Few windows, since time grows with their number, while their states are small beside the weights. */
const DEFAULT_WINDOWS = '8';
const DEFAULT_CODEC = 'rtn(bits=4)';
/** Leaves room in 3 GiB for the program, the artefact, and the tensor that is being read. */
const DEFAULT_MEMORY = '1GiB';
const NAMES = LARGE_MODELS.map(({ name }) => name);

const OPTIONS: OptionTable = {
  sizes: { value: 'LIST', help: `models to measure, some of ${NAMES.join(', ')} (default: all)` },
  codec: { value: codec.value, help: `the codec (default: ${DEFAULT_CODEC})` },
  'calibration-windows': {
    value: calibrationWindows.value,
    help: `calibration windows of 512 tokens (default: ${DEFAULT_WINDOWS})`,
  },
  blocks: {
    value: 'N',
    help: 'generate only the first N blocks of each model, for slow codecs: memory is that of a block, time grows with their number',
  },
  folder: {
    value: 'DIR',
    help: 'folder for temporary checkpoints of up to 5.3 GB (default: .cache)',
  },
  memory: planOption('memory', DEFAULT_MEMORY),
  adapter: ADAPTER,
  compute: COMPUTE,
  out: { value: 'FILE', help: 'also write the results as JSON' },
};

export const LARGE_HELP = `Usage: npm run bench -- large [options]

Measures time and memory of \`npm run compress\`, and of a \`npm run sweep\` that measures the perplexity on 8 windows of 512 tokens
with limited memory, on models of growing size. Checkpoints of published shapes are generated (float32, hub layout); each command is
a process of its own. Memory is the peak resident memory of that process, which
on software adapters includes GPU memory. The exit code is 1 if a limit stated in docs/large-models.md is exceeded.

${optionsHelp(OPTIONS)}`;

export interface LargeRequest {
  models: readonly LargeModel[];
  spec: CodecSpec;
  calibrationWindows: number;
  folder?: string;
  /** Bytes that a measurement may take. */
  memory: number;
  adapter?: string;
  compute: ComputeChoice;
  out?: string;
}

/** Parses the arguments of `npm run bench -- large`. @throws LabError bad-plan for every invalid option */
export function parseLarge(args: readonly string[]): LargeRequest {
  const given = readArguments(args, OPTIONS);
  const specs = codec.parse(given.value('codec') ?? DEFAULT_CODEC, '--codec');
  if (specs.length !== 1) throw usage(`--codec names ${specs.length} codecs.`, 'Name one codec.');
  const blocks = blocksOf(given.value('blocks'));
  const models = modelsOf(given.value('sizes') ?? NAMES.join(','));
  return {
    models: blocks === undefined ? models : models.map((model) => withBlocks(model, blocks)),
    spec: specs[0],
    calibrationWindows: calibrationWindows.parse(
      given.value('calibration-windows') ?? DEFAULT_WINDOWS,
      '--calibration-windows',
    ),
    folder: given.path('folder'),
    memory: PLAN_PARAMETERS.memory.parse(given.value('memory') ?? DEFAULT_MEMORY, '--memory'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
    out: given.path('out'),
  };
}

function blocksOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,2}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw usage(`--blocks cannot be "${text.slice(0, 60)}".`, 'Write a number from 1.');
}

function modelsOf(list: string): LargeModel[] {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return LARGE_MODELS.filter(({ name }) => wanted.includes(name));
  throw usage(`--sizes has no "${unknown.slice(0, 60)}".`, `Write some of ${NAMES.join(',')}.`);
}
