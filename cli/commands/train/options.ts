import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LabError } from '../../../src/base/errors';
import type { ComputeChoice } from '../../../src/lab/compute';
import type { PlanNames } from '../../../src/lab/plan/build';
import { buildTrainPlan } from '../../../src/lab/train/build';
import { isTrainKey, readTrainFields, TRAIN_KEYS, TRAIN_PARAMETERS } from '../../../src/lab/train/parameters';
import { TRAIN_STAGES, type TrainStage, type TrainPlan } from '../../../src/lab/train/plan';
import type { Checkpoint } from '../../../src/train/checkpoint';
import { isFolder } from '../../../src/platform/node/localImages';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const OPTIONS: OptionTable = {
  ...Object.fromEntries(
    TRAIN_KEYS.map((key) => {
      const { value, help, fallback } = TRAIN_PARAMETERS[key];
      return [key, { value, help: `${help} (default: ${fallback})` }];
    }),
  ),
  out: {
    value: 'DIR',
    help: 'write records.json, records.csv, summary.json, steps.csv, the trained artefact and checkpoints',
  },
  resume: {
    value: 'FILE',
    help: 'resume from checkpoint-STAGE.safetensors of an earlier run with the same options; finished stages are read from the same folder',
  },
  'checkpoint-every': { value: 'N', help: 'steps between checkpoints (default: 50)' },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const TRAIN_HELP = `Usage: npm run train -- --model NAME --out DIR [options]

Measures a model in float32 and with ternary weights, trains it with ternary weights and, as a control, for the same steps in
float32, and measures the results from the bytes of their artefacts. Ctrl-C stops after a last checkpoint.

${optionsHelp(OPTIONS)}
Example: npm run train -- --model vit-cifar10 --qat ternary --steps 200 --out trained
`;

export interface TrainRequest {
  plan: TrainPlan;
  out: string;
  resume: ReadonlyMap<TrainStage, Checkpoint>;
  checkpointEvery?: number;
  adapter?: string;
  compute: ComputeChoice;
}

/** Training data may also be a folder with IDX files. */
const TRAIN_NAMES: PlanNames = {
  model: CLI_PLAN_NAMES.model,
  data: (name) => (isFolder(name) ? { id: resolve(name) } : CLI_PLAN_NAMES.data(name)),
};

/** Returns the file name of a stage's checkpoint in the output folder. */
export function checkpointName(stage: TrainStage): string {
  return `checkpoint-${stage}.safetensors`;
}

/** Parses the arguments of `npm run train`. @throws LabError bad-plan for every invalid option */
export function parseTrain(args: readonly string[]): TrainRequest {
  const given = readArguments(args, OPTIONS);
  const texts = new Map([...given.values].flatMap(([key, [text]]) => (isTrainKey(key) ? [[key, text]] : [])));
  const fields = readTrainFields(texts, (key) => `--${key}`);
  const plan = buildTrainPlan({ ...fields, model: given.required('model') }, TRAIN_NAMES);
  const [resume, every] = [given.path('resume'), given.value('checkpoint-every')];
  return {
    plan,
    out: resolve(given.required('out')),
    resume: resume === undefined ? new Map() : checkpointsUpTo(resume, plan),
    checkpointEvery:
      every === undefined ? undefined : TRAIN_PARAMETERS.steps.parse(every, '--checkpoint-every'),
    adapter: given.value('adapter'),
    compute: computeOf(given, true),
  };
}

/** Reads the named checkpoint, and those of the finished stages before it from the same folder. */
function checkpointsUpTo(file: string, { stages }: TrainPlan): Map<TrainStage, Checkpoint> {
  const running = TRAIN_STAGES.filter((stage) => stages[stage]);
  const last = running.findIndex((stage) => checkpointName(stage) === basename(file));
  if (last < 0)
    throw usage(
      `${basename(file)} is not a checkpoint of a stage of this run.`,
      `Name one of ${running.map(checkpointName).join(', ')} of an earlier run.`,
    );
  return new Map(
    running.slice(0, last + 1).map((stage) => {
      const path = stage === running[last] ? file : join(dirname(file), checkpointName(stage));
      return [stage, { bytes: contentOf(path) }];
    }),
  );
}

function contentOf(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new LabError('bad-plan', `The checkpoint ${path} cannot be read (${code}).`, 'Check the path.');
  }
}
