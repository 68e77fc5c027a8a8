import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { IGNORE, outcomeOf } from '../outcome';
import { rowLoss } from '../reference/loss';
import { recordLoss, STATE_BYTES, statesPerRow, type DistillationLoss } from './loss';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Tolerances for logits up to 30: float32 exponentials of their differences have an error of 3e-6. */
const GRADIENT = { abs: 2e-6, rel: 1e-5 };
const LOSS = { abs: 2e-6, rel: 2e-6 };
const FACTOR = 0.25;

/** Logits of about ±6 with a 30 in every 41, whose position depends on the stream. */
function logitsOf(rows: number, vocabulary: number, stream: number): Float32Array {
  const random = new KeyedRandom(6, stream);
  return Float32Array.from({ length: rows * vocabulary }, (_, i) =>
    i % 41 === 7 * stream ? 30 : 3 * random.nextNormal(),
  );
}

/** Rows of `vocabulary` numbers at a stride, with NaN in between that must be ignored. */
function padded(values: Float32Array, vocabulary: number, stride: number): Float32Array {
  const out = new Float32Array((values.length / vocabulary) * stride).fill(NaN);
  for (let row = 0; row * vocabulary < values.length; row++)
    out.set(values.subarray(row * vocabulary, (row + 1) * vocabulary), row * stride);
  return out;
}

async function check(vocabulary: number, rows: number, distillation?: DistillationLoss): Promise<void> {
  const stride = 4 * Math.ceil(vocabulary / 4);
  const [logits, guide] = [1, 2].map((stream) => logitsOf(rows, vocabulary, stream));
  // Every third row is IGNORE; two rows of the batch precede these.
  const wanted = Uint32Array.from({ length: rows + 2 }, (_, i) =>
    i % 3 === 1 ? IGNORE : (i * 7) % vocabulary,
  );
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const own = scope.upload(padded(logits, vocabulary, stride), 'logits');
  const perRow = statesPerRow(distillation);
  const states = scope.allocate(STATE_BYTES * perRow * (rows + 2), 'states');
  const teacher = scope.upload(padded(guide, vocabulary, stride), 'teacher');
  await recordLoss(
    { gpu, recorder },
    {
      ...{ logits: own, stride, rows, vocabulary, states, rowOffset: 2 },
      targets: scope.upload(wanted, 'targets'),
      factor: scope.upload(Float32Array.of(FACTOR), 'factor'),
      ...(distillation && { distillation: { ...distillation, teacher } }),
    },
  );
  await gpu.stream.run(recorder.commands);
  const gradient = new Float32Array(await gpu.stream.read(own));
  const read = new Float32Array(await gpu.stream.read(states)).subarray(2 * 4 * perRow);
  recorder.dispose();
  scope.dispose();

  const targets = wanted.subarray(2);
  const expected = new Float64Array(rows * stride);
  const scored: { loss: number; nll: number; right: boolean }[] = [];
  targets.forEach((target, row) => {
    if (target === IGNORE) return;
    const of = (values: Float32Array) => values.subarray(row * vocabulary, (row + 1) * vocabulary);
    const one = rowLoss(of(logits), target, distillation && { ...distillation, teacher: of(guide) });
    expected.set(
      one.gradient.map((v) => FACTOR * v),
      row * stride,
    );
    scored.push({ ...one, right: of(logits).indexOf(Math.max(...of(logits))) === target });
  });
  expectClose(gradient, expected, GRADIENT);
  const outcome = outcomeOf(read, targets, distillation);
  const mean = (f: (one: (typeof scored)[number]) => number) =>
    scored.reduce((sum, one) => sum + f(one), 0) / scored.length;
  expectClose([outcome.loss, outcome.nll], [mean((o) => o.loss), mean((o) => o.nll)], LOSS);
  expect(outcome).toMatchObject({ count: scored.length, correct: scored.filter((o) => o.right).length });
}

test.each([2, 10, 63, 65, 257])('cross entropy over %i classes', (classes) => check(classes, 9));

test.each([
  [1, 1],
  [0.3, 2],
  [0.6, 0.5],
])('distillation: share %f, temperature %f', async (weight, temperature) => {
  await check(10, 5, { weight, temperature });
  await check(130, 9, { weight, temperature });
});

test('every target has the largest logit; rows that are IGNORE', () => {
  const state = (top: number) => [2, 1.5, top, 2];
  const outcome = outcomeOf(
    Float32Array.from([state(4), state(0), state(9)].flat()),
    Uint32Array.of(4, IGNORE, 9),
  );
  expect(outcome).toMatchObject({ correct: 2, count: 2 });
  expect(outcome.nll).toBeCloseTo(Math.log(1.5), 6);
});
