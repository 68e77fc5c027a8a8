import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../../../../src/base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../../../../src/base/float16';
import { KeyedRandom } from '../../../../src/base/random';
import { requireGpu, type Lab } from '../../../../src/lab/lab';
import { buildTrainPlan } from '../../../../src/lab/train/build';
import { openTrainingData } from '../../../../src/lab/train/data';
import { withValues } from '../../../../src/lab/train/model';
import type { TrainFields } from '../../../../src/lab/train/parameters';
import { exportBesideWeights, weightsFile } from '../../../../src/models/load/export';
import { toCheckpoint } from '../../../../src/models/load/orientation';
import type { Model } from '../../../../src/models/model';
import { writeCheckpointFolder } from '../../../../src/platform/node/checkpointFolder';
import { Trainer } from '../../../../src/train/trainer';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

/** A base and a model derived from it, both as folders. */
export interface ModelPair {
  name: string;
  type: PairType;
  base: string;
  tuned: string;
  /** Whether its deltas are measured; a step of a chain is only stored bit for bit. */
  isMeasured: boolean;
}

/** The type of the floats of a pair. */
type PairType = keyof typeof TYPES;

const TYPES = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const;

/** What making the pairs needs. */
export interface PairsContext {
  lab: Lab;
  folder: string;
  steps: number;
  signal: AbortSignal;
  say: (step: string) => void;
}

/** Sequences and tokens, or images, of a training step: few, so that the pairs take minutes. */
const TEXT = { batch: 4, length: 64 };
const IMAGES = { batch: 16, 'micro-batch': 16 };
/** The learning rate of the chain is that of reinforcement learning, where consecutive checkpoints share most of their bits. */
const CHAIN_RATE = 1e-6;
const CHAIN_LENGTH = 3;
/** Standard deviation of the noise of Sparse's own examples. */
const NOISE = 0.02;
const NOISE_STREAM = 0x0_15e;

/** Trains and writes all pairs; those that an earlier run has written are kept. */
export async function makePairs(context: PairsContext): Promise<ModelPair[]> {
  const { steps, lab, signal } = context;
  const gpt2 = await lab.openModel('gpt2-tinystories', signal);
  const vit = await lab.openModel('vit-cifar10', signal);
  const text = { ...TEXT, steps };
  const images = { ...IMAGES, steps, qat: 'none', distil: 0 } as const;
  const tuned = (base: Model, fields: TrainFields) =>
    once(async () => (await trained(context, base, fields, steps))[0]);
  const plain = tuned(gpt2, { ...text, qat: 'none' });
  const ternary = tuned(gpt2, { ...text, control: false });
  return [
    await pair(context, `${steps} steps`, 'float32', gpt2, plain),
    await pair(context, `${steps} steps`, 'bfloat16', gpt2, plain),
    await pair(context, `${steps} steps with ternary weights`, 'float32', gpt2, ternary),
    await pair(context, `${steps} steps`, 'float32', vit, tuned(vit, images)),
    await pair(context, `noise of σ = ${NOISE}`, 'float16', gpt2, () => noisy(gpt2)),
    ...(await makeChain(context, gpt2)),
  ];
}

/** Returns a function that does the work at its first call only. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Writes the checkpoints after N, 2N and 3N steps, and pairs each with the one before. */
async function makeChain(context: PairsContext, base: Model): Promise<ModelPair[]> {
  const { steps } = context;
  const fields = { ...TEXT, steps: CHAIN_LENGTH * steps, 'learning-rate': CHAIN_RATE, qat: 'none' } as const;
  const training = once(() => trained(context, base, { ...fields, warmup: 0 }, steps));
  // The schedule depends on the length of the run, so that both are in the names.
  const checkpoint = (index: number, type: PairType) =>
    index === 0
      ? written(context, base.id, type, async () => base)
      : written(
          context,
          `chain-of-${fields.steps}-${index * steps}`,
          type,
          async () => (await training())[index - 1],
        );
  const pairs: ModelPair[] = [];
  for (const type of ['float32', 'bfloat16'] as const)
    for (let step = 1; step <= CHAIN_LENGTH; step++)
      pairs.push({
        name: `${(step - 1) * steps} → ${step * steps} steps`,
        type,
        base: await checkpoint(step - 1, type),
        tuned: await checkpoint(step, type),
        isMeasured: false,
      });
  return pairs;
}

async function pair(
  context: PairsContext,
  how: string,
  type: PairType,
  base: Model,
  make: () => Promise<Model>,
): Promise<ModelPair> {
  const name = `${base.id}, ${how}`;
  return {
    name,
    type,
    base: await written(context, base.id, type, async () => base),
    tuned: await written(context, name.replace(/[^\w]+/g, '-'), type, make),
    isMeasured: true,
  };
}

/** Writes a model in hub layout, unless an earlier run has. @returns its folder */
async function written(
  { folder, signal }: PairsContext,
  name: string,
  type: PairType,
  make: () => Promise<Model>,
): Promise<string> {
  const out = join(folder, `${name}-${type}`);
  if (existsSync(out)) return out;
  const model = await make();
  const tensors = model.shape.tensors.map((spec) => ({
    name: spec.name,
    dtype: TYPES[type],
    shape: spec.shape,
    bytes: async () => stored(toCheckpoint(spec, await model.tensor(spec)), type),
  }));
  const files = exportBesideWeights(model, type);
  await writeCheckpointFolder(out, { files, ...weightsFile(tensors, { format: 'pt' }) }, signal);
  return out;
}

function stored(values: Float32Array, type: PairType): Uint8Array {
  const words = {
    float32: () => values,
    float16: () => floatsToHalves(values),
    bfloat16: () => floatsToBfloat16s(values),
  }[type]();
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** Trains a model. @returns the model after every so many steps */
async function trained(
  { lab, signal, say }: PairsContext,
  model: Model,
  fields: TrainFields,
  every: number,
): Promise<Model[]> {
  const plan = buildTrainPlan({ ...fields, model: model.id }, CLI_PLAN_NAMES);
  const options = plan.stages.qat ?? plan.stages.control;
  invariant(options, 'a training plan without stages');
  const measured = model.shape.image ? lab.openImages(plan.measure.data) : lab.openText(plan.measure.data);
  const evaluationSha256 = (await measured).sha256;
  const data = await openTrainingData({ lab, plan, model, evaluationSha256, signal });
  const trainer = await Trainer.create(requireGpu(lab, 'Training'), model, data, options, { signal });
  const found: Model[] = [];
  try {
    while (trainer.step < options.steps) {
      say(`training ${model.id}, step ${trainer.step + 1} of ${options.steps}`);
      await trainer.next(signal);
      if (trainer.step % every === 0) found.push(await withValues(model, await trainer.values()));
    }
  } finally {
    trainer.dispose();
  }
  return found;
}

/** Adds dense Gaussian noise to every tensor. */
async function noisy(model: Model): Promise<Model> {
  const random = new KeyedRandom(1, NOISE_STREAM);
  const values = new Map<string, Float32Array>();
  for (const spec of model.shape.tensors)
    values.set(
      spec.name,
      (await model.tensor(spec)).map((value) => value + NOISE * random.nextNormal()),
    );
  return withValues(model, values);
}
