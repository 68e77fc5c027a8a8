import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { referenceLogits } from '../../runtime/reference/logits';
import { expectClose } from '../../testing/close';
import { IGNORE } from '../outcome';
import { TINY_MODELS, tinyBatch, tinyModel } from '../testing/tinyModels';
import { rowLoss } from './loss';
import { referenceGradients, type ReferenceBatch } from './model';

/** Steps of 1e-5 through a whole model: 1e-10 of curvature and 1e-11 of rounding, times slopes of size 1 to 100. */
const DIFFERENCE = { abs: 1e-7, rel: 1e-6 };
const STEP = 1e-5;

type Values = ReadonlyMap<string, Float64Array>;

const tensorOf = (values: Values) => (name: string) => Promise.resolve(values.get(name)!);

/** Mean loss by the forward executor alone, which knows nothing of gradients. */
async function lossOf(shape: ModelShape, values: Values, batch: ReferenceBatch): Promise<number> {
  const { input, targets, sequences, length, distillation } = batch;
  const logits = await referenceLogits(shape, tensorOf(values), { values: input, sequences, length });
  const classes = shape.program.head.outputs;
  const rowsOf = (all: Float64Array, row: number) => all.subarray(row * classes, (row + 1) * classes);
  const losses = Array.from(targets).flatMap((target, row) => {
    if (target === IGNORE) return [];
    const teacher = distillation && { ...distillation, teacher: rowsOf(distillation.teacher, row) };
    return [rowLoss(rowsOf(logits, row), target, teacher).loss];
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

/** Slope along a direction through one tensor, by central differences. */
async function slopeAlong(
  shape: ModelShape,
  values: Values,
  batch: ReferenceBatch,
  name: string,
  direction: Float64Array,
): Promise<number> {
  const at = (step: number) =>
    new Map([...values, [name, values.get(name)!.map((v, i) => v + step * direction[i])]]);
  const above = await lossOf(shape, at(STEP), batch);
  const below = await lossOf(shape, at(-STEP), batch);
  return (above - below) / (2 * STEP);
}

/** Directions through every tensor: three of its values one by one, and a random one through all of them. */
function directions(shape: ModelShape): { name: string; direction: Float64Array }[] {
  const random = new KeyedRandom(8);
  return shape.tensors.flatMap(({ name, matrix: [rows, columns] }) => {
    const n = rows * columns;
    const axis = () => {
      const direction = new Float64Array(n);
      direction[Math.floor(random.nextUniform() * n)] = 1;
      return direction;
    };
    const all = Float64Array.from({ length: n }, () => random.nextNormal());
    return [axis(), axis(), axis(), all].map((direction) => ({ name, direction }));
  });
}

async function check(name: (typeof TINY_MODELS)[number], distil: boolean): Promise<void> {
  const { shape, values } = tinyModel(name);
  const exact = new Map([...values].map(([tensor, v]) => [tensor, Float64Array.from(v)]));
  const source = tinyBatch(shape, 2, 5);
  const other = tinyModel(name, 2).values;
  const teacher = await referenceLogits(shape, (tensor) => Promise.resolve(other.get(tensor)!), {
    ...{ values: source.input, sequences: 2, length: 5 },
  });
  const batch = { ...source, ...(distil && { distillation: { weight: 0.4, temperature: 2, teacher } }) };
  const { gradients, loss, count } = await referenceGradients(shape, tensorOf(exact), batch);
  expect(loss).toBeCloseTo(await lossOf(shape, exact, batch), 12);
  expect(count).toBe(Array.from(source.targets).filter((target) => target !== IGNORE).length);
  const wanted = directions(shape);
  const slopes: number[] = [];
  for (const { name: tensor, direction } of wanted)
    slopes.push(await slopeAlong(shape, exact, batch, tensor, direction));
  const along = wanted.map(({ name: tensor, direction }) =>
    gradients.get(tensor)!.reduce((sum, v, i) => sum + v * direction[i], 0),
  );
  expectClose(along, slopes, DIFFERENCE);
}

test.each(TINY_MODELS)('%s: the gradient by every tensor is the slope of the loss', async (name) => {
  await check(name, false);
});

test.each(['gpt2', 'vit'] as const)('%s, distilled from another model', (name) => check(name, true));
