import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { PRESETS } from '../../../../src/lab/plan/presets';
import { TRAIN_PARAMETERS } from '../../../../src/lab/train/parameters';
import type { ComputeChoice } from '../../../../src/lab/compute';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  type OptionTable,
} from '../../../shared/options';

const DEFAULT_STEPS = 8;

const OPTIONS: OptionTable = {
  steps: { value: 'N', help: `steps of each fine-tune (default: ${DEFAULT_STEPS})` },
  windows: planOption('windows', String(PRESETS.default.windows)),
  images: planOption('images', String(PRESETS.default.images)),
  out: {
    value: 'FOLDER',
    help: 'keep the models, the deltas, the records and deltas.md; the same command continues in it',
  },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const DELTA_PAIRS_HELP = `Usage: npm run delta -- pairs [options]

Trains pairs of models (GPT-2 and a ViT, fine-tuned in float32, in bfloat16 and with ternary weights, and a chain of checkpoints), makes
their deltas, bit for bit and with errors, and prints tables of bytes, rates, memory and quality against plain rounding of the fine-tuned
model. One pair is dense noise, from which a delta gains next to nothing. It needs an adapter. Measuring with verdicts takes far longer
than the deltas: with --out a stopped run keeps what it has found, and the same command continues.

${optionsHelp(OPTIONS)}`;

export interface DeltaPairsRequest {
  steps: number;
  windows?: number | 'all';
  images?: number;
  out?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run delta -- pairs`. @throws LabError bad-plan for every invalid option */
export function parseDeltaPairs(args: readonly string[]): DeltaPairsRequest {
  const given = readArguments(args, OPTIONS);
  const [windows, images] = [given.value('windows'), given.value('images')];
  return {
    steps: TRAIN_PARAMETERS.steps.parse(given.value('steps') ?? String(DEFAULT_STEPS), '--steps'),
    windows: windows === undefined ? undefined : PLAN_PARAMETERS.windows.parse(windows, '--windows'),
    images: images === undefined ? undefined : PLAN_PARAMETERS.images.parse(images, '--images'),
    out: given.path('out'),
    adapter: given.value('adapter'),
    compute: computeOf(given, true),
  };
}
