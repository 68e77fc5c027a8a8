import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { referenceLogits } from '../../runtime/reference/logits';
import { expectClose } from '../../testing/close';
import { IGNORE } from '../outcome';
import { TINY_MODELS, tinyBatch, tinyModel } from '../testing/tinyModels';
import { rowLoss } from './loss';
import { referenceGradients, type ReferenceBatch } from './model';

/**
 * Tolerance of differences through a whole model: 1e-10 from curvature and 1e-11 from rounding, times derivatives of 1 to
 * 100.
 */
const DIFFERENCE = { abs: 1e-7, rel: 1e-6 };
const STEP = 1e-5;

type Values = ReadonlyMap<string, Float64Array>;

const tensorOf = (values: Values) => (name: string) => Promise.resolve(values.get(name)!);

/** The mean loss by the forward reference alone. */
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

/** The directional derivative of the loss along values of one tensor, by central differences. */
async function derivativeAlong(
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

/** Directions in every tensor: three of its values one by one, and a random direction over all of them. */
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
  const differences: number[] = [];
  for (const { name: tensor, direction } of wanted)
    differences.push(await derivativeAlong(shape, exact, batch, tensor, direction));
  const along = wanted.map(({ name: tensor, direction }) =>
    gradients.get(tensor)!.reduce((sum, v, i) => sum + v * direction[i], 0),
  );
  expectClose(along, differences, DIFFERENCE);
}

test.each(TINY_MODELS)(
  '%s: the gradient of every tensor equals central differences of the loss',
  async (name) => {
    await check(name, false);
  },
);

test.each(['gpt2', 'vit'] as const)('%s, distilled from another model', (name) => check(name, true));
