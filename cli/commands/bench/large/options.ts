import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import { needsCalibration } from '../../../../src/codecs/contract/registry';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { LADDER, type Rung } from './ladder';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';

const { codec } = PLAN_PARAMETERS;
const CODEC = 'rtn(bits=4)';
const NAMES = LADDER.map(({ name }) => name);

const OPTIONS: OptionTable = {
  sizes: { value: 'LIST', help: `of ${NAMES.join(', ')} (default: all)` },
  codec: { value: codec.value, help: `a codec that needs no calibration data (default: ${CODEC})` },
  folder: {
    value: 'DIR',
    help: 'where checkpoints of up to 5.3 GB are written and removed again (default: .cache)',
  },
  adapter: ADAPTER,
  out: { value: 'FILE', help: 'also write the figures as JSON' },
};

export const LARGE_HELP = `Usage: npm run bench -- large [options]

Time and memory of \`npm run compress\` over models of growing size. Checkpoints of published shapes are generated (float32,
hub layout) and compressed, each by a process of its own; memory is the most that process had resident, on software adapters
with the GPU's. The exit code is 1 when more was needed than docs/large-models.md promises.

${optionsHelp(OPTIONS)}`;

export interface LargeRequest {
  rungs: readonly Rung[];
  spec: CodecSpec;
  folder?: string;
  adapter?: string;
  out?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseLarge(args: readonly string[]): LargeRequest {
  const given = readArguments(args, OPTIONS);
  const specs = codec.parse(given.value('codec') ?? CODEC, '--codec');
  if (specs.length !== 1) throw usage(`--codec names ${specs.length} codecs.`, 'Give one.');
  if (needsCalibration(specs[0]))
    throw usage(
      `${formatCodec(specs[0])} learns from calibration data, and generated models have no tokenizer to read it with.`,
      `Name another codec, e.g. ${CODEC}.`,
    );
  return {
    rungs: rungsOf(given.value('sizes') ?? NAMES.join(',')),
    spec: specs[0],
    folder: given.path('folder'),
    adapter: given.value('adapter'),
    out: given.path('out'),
  };
}

function rungsOf(list: string): Rung[] {
  const wanted = list.split(',');
  const unknown = wanted.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return LADDER.filter(({ name }) => wanted.includes(name));
  throw usage(`--sizes has no "${unknown.slice(0, 60)}".`, `Write some of ${NAMES.join(',')}.`);
}
