import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { LARGE_MODELS, type LargeModel } from './largeModels';
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
const DEFAULT_CODEC = 'rtn(bits=4)';
/** Leaves room in 3 GiB for the program, the artefact, and the tensor that is being read. */
const DEFAULT_MEMORY = '1GiB';
const NAMES = LARGE_MODELS.map(({ name }) => name);

const OPTIONS: OptionTable = {
  sizes: { value: 'LIST', help: `models to measure, some of ${NAMES.join(', ')} (default: all)` },
  codec: { value: codec.value, help: `the codec; calibrated ones use 8 windows (default: ${DEFAULT_CODEC})` },
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
  return {
    models: modelsOf(given.value('sizes') ?? NAMES.join(',')),
    spec: specs[0],
    folder: given.path('folder'),
    memory: PLAN_PARAMETERS.memory.parse(given.value('memory') ?? DEFAULT_MEMORY, '--memory'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
    out: given.path('out'),
  };
}

function modelsOf(list: string): LargeModel[] {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return LARGE_MODELS.filter(({ name }) => wanted.includes(name));
  throw usage(`--sizes has no "${unknown.slice(0, 60)}".`, `Write some of ${NAMES.join(',')}.`);
}
