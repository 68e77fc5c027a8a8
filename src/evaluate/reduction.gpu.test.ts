import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import { referenceUncertainty } from './testing/uncertainty';
import { IGNORED, LossReduction, type ReductionSize, type RowLosses } from './reduction';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Float32 exponentials of gaps up to 160, summed over the vocabulary: a few ULP of the sum. */
const NLL = { abs: 1e-5, rel: 1e-6 };
const KL = { abs: 3e-6, rel: 2e-5 };

/** Runs the reduction over whole logits [rows, vocabulary] copied into its tiles. */
async function reduce(
  size: ReductionSize,
  logits: Float32Array,
  targets: Uint32Array,
  baseline?: Float32Array,
): Promise<RowLosses> {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  try {
    const own = scope.upload(logits, 'logits');
    const base = baseline && scope.upload(baseline, 'baseline');
    const reduction = new LossReduction(gpu, scope, size);
    await reduction.record(recorder, async ({ firstRow, rows }, into, baselineInto) => {
      for (let row = 0; row < size.rows; row++)
        for (const [source, view] of [
          [own, into],
          [base, baselineInto],
        ] as const)
          if (source && view)
            recorder.copy({
              label: 'logits',
              source,
              sourceOffset: 4 * (row * size.vocabulary + firstRow),
              target: view.buffer,
              targetOffset: 4 * (row * view.stride + view.column),
              bytes: 4 * rows,
            });
    });
    reduction.writeTargets(targets);
    return await reduction.run(recorder.commands);
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}

/** The definition in float64. */
function reference(logits: Float32Array, targets: Uint32Array, vocabulary: number) {
  return Array.from(targets, (right, r) => {
    const row = logits.subarray(r * vocabulary, (r + 1) * vocabulary);
    const top = row.reduce((best, v, i) => (v > row[best] ? i : best), 0);
    let sum = 0;
    for (const v of row) sum += Math.exp(v - row[top]);
    const logSum = row[top] + Math.log(sum);
    return { nll: logSum - row[right], top, logProbability: Array.from(row, (v) => v - logSum) };
  });
}

function referenceKl(p: { logProbability: number[] }, q: { logProbability: number[] }): number {
  return p.logProbability.reduce((sum, lp, i) => sum + Math.exp(lp) * (lp - q.logProbability[i]), 0);
}

function draw(random: KeyedRandom, count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => scale * random.nextNormal() * (i % 97 === 5 ? 6 : 1));
}

test.each([
  { rows: 5, vocabulary: 10, tile: 4 },
  { rows: 3, vocabulary: 7 },
  { rows: 67, vocabulary: 513, tile: 128 },
  { rows: 9, vocabulary: 2048, tile: 513 },
  { rows: 4, vocabulary: 50_257, tile: 4096 },
])('losses, divergence and arg-max of $rows × $vocabulary logits in tiles of $tile', async (shape) => {
  const { rows, vocabulary } = shape;
  const random = new KeyedRandom(3, vocabulary);
  const logits = draw(random, rows * vocabulary, 4);
  const baseline = logits.map((v) => v + 0.3 * random.nextNormal());
  const targets = Uint32Array.from({ length: rows }, () => random.nextUint32() % vocabulary);
  const own = reference(logits, targets, vocabulary);
  const base = reference(baseline, targets, vocabulary);
  const both = await reduce({ ...shape, withBaseline: true }, logits, targets, baseline);
  expectClose(
    both.nll,
    own.map((r) => r.nll),
    NLL,
  );
  expectClose(
    both.kl!,
    base.map((p, i) => referenceKl(p, own[i])),
    KL,
  );
  expect([...both.top]).toEqual(own.map((r) => r.top));
  const alone = await reduce({ ...shape, withBaseline: false }, logits, targets);
  expect([...alone.nll]).toEqual([...both.nll]);
  expect([...alone.top]).toEqual([...both.top]);
});

test.each([
  { rows: 5, vocabulary: 10, tile: 4 },
  { rows: 67, vocabulary: 513, tile: 128 },
  { rows: 4, vocabulary: 50_257, tile: 4096 },
])('uncertainty of $rows × $vocabulary logits in tiles of $tile', async (shape) => {
  const { rows, vocabulary } = shape;
  const logits = draw(new KeyedRandom(8, vocabulary), rows * vocabulary, 4);
  logits.copyWithin(0, 3, 4);
  const targets = new Uint32Array(rows);
  const size = { ...shape, withBaseline: false, withUncertainty: true };
  const { uncertainty, nll } = await reduce(size, logits, targets);
  const expected = reference(logits, targets, vocabulary).map(({ logProbability, nll }) => ({
    ...referenceUncertainty(logProbability),
    nll,
  }));
  expectClose(
    nll,
    expected.map((r) => r.nll),
    NLL,
  );
  for (const figure of ['maxProbability', 'entropy', 'margin'] as const)
    expectClose(
      uncertainty![figure],
      expected.map((r) => r[figure]),
      { abs: 2e-6, rel: 1e-5 },
    );
});

test.each([
  { rows: 5, vocabulary: 10, tile: 4 },
  { rows: 3, vocabulary: 7 },
  { rows: 67, vocabulary: 513, tile: 128 },
  { rows: 4, vocabulary: 50_257, tile: 4096 },
])('ranks among $rows × $vocabulary logits in tiles of $tile', async (shape) => {
  const { rows, vocabulary } = shape;
  const random = new KeyedRandom(9, vocabulary);
  // Whole numbers, so that many logits are equal to the target's.
  const logits = draw(random, rows * vocabulary, 4).map(Math.round);
  const targets = Uint32Array.from({ length: rows }, () => random.nextUint32() % vocabulary);
  const { rank, nll, top } = await reduce({ ...shape, withBaseline: false, withRank: true }, logits, targets);
  const larger = (r: number) => {
    const row = logits.subarray(r * vocabulary, (r + 1) * vocabulary);
    return row.filter((logit) => logit > row[targets[r]]).length;
  };
  expect([...rank!]).toEqual(Array.from({ length: rows }, (_, r) => 1 + larger(r)));
  const alone = await reduce({ ...shape, withBaseline: false }, logits, targets);
  expect([...nll]).toEqual([...alone.nll]);
  expect([...top]).toEqual([...alone.top]);
});

test('the margin of two equal logits is 0, wherever they are', async () => {
  const vocabulary = 200;
  const ties = [
    [3, 7],
    [4, 5],
    [0, 64],
    [130, 131],
    [68, 199],
  ];
  const logits = new Float32Array(ties.length * vocabulary);
  ties.forEach((columns, row) => columns.forEach((c) => (logits[row * vocabulary + c] = 40)));
  const size = { rows: ties.length, vocabulary, tile: 64, withBaseline: false, withUncertainty: true };
  const { uncertainty } = await reduce(size, logits, new Uint32Array(ties.length));
  expect([...uncertainty!.margin]).toEqual(ties.map(() => 0));
  expectClose(uncertainty!.maxProbability, Array(ties.length).fill(0.5), { abs: 1e-6 });
  expectClose(uncertainty!.entropy, Array(ties.length).fill(Math.LN2), { abs: 1e-6 });
});

test('logits of ±80 neither overflow nor vanish', async () => {
  const size = { rows: 2, vocabulary: 64, tile: 16, withBaseline: true };
  const logits = Float32Array.from({ length: 128 }, (_, i) => (i % 2 ? 80 : -80) + (i % 5) / 8);
  const baseline = logits.map((v, i) => (i < 64 ? v : -v));
  const targets = new Uint32Array([0, 63]);
  const own = reference(logits, targets, 64);
  const base = reference(baseline, targets, 64);
  const found = await reduce(size, logits, targets, baseline);
  expectClose(
    found.nll,
    own.map((r) => r.nll),
    NLL,
  );
  expectClose(
    found.kl!,
    base.map((p, i) => referenceKl(p, own[i])),
    { abs: KL.abs, rel: KL.rel },
  );
});

test('a small divergence is not lost beside large logits', async () => {
  const [rows, vocabulary] = [8, 2048];
  const random = new KeyedRandom(4);
  const logits = Float32Array.from({ length: rows * vocabulary }, () => 40 + 2 * random.nextNormal());
  const baseline = logits.map((v) => v + 0.02 * random.nextNormal());
  const targets = new Uint32Array(rows);
  const own = reference(logits, targets, vocabulary);
  const base = reference(baseline, targets, vocabulary);
  const { kl } = await reduce({ rows, vocabulary, tile: 512, withBaseline: true }, logits, targets, baseline);
  expectClose(
    kl!,
    base.map((p, i) => referenceKl(p, own[i])),
    { abs: 5e-7 },
  );
});

test('of equal logits the lowest token wins, within and across lanes and tiles', async () => {
  const vocabulary = 200;
  const ties = [
    [3, 7],
    [70, 6],
    [199, 5],
    [0, 64],
    [130, 131],
  ];
  const logits = new Float32Array(ties.length * vocabulary);
  ties.forEach((columns, row) => columns.forEach((c) => (logits[row * vocabulary + c] = 2)));
  const size = { rows: ties.length, vocabulary, tile: 64, withBaseline: false };
  const { top } = await reduce(size, logits, new Uint32Array(ties.length));
  expect([...top]).toEqual(ties.map((columns) => Math.min(...columns)));
});

test('an ignored row does not affect its neighbours; a logit that is not finite makes the loss not finite', async () => {
  const [rows, vocabulary] = [3, 40];
  const logits = draw(new KeyedRandom(5), rows * vocabulary, 1);
  logits[2 * vocabulary + 11] = NaN;
  const targets = new Uint32Array([IGNORED, 8, 9]);
  const size = { rows, vocabulary, tile: 16, withBaseline: false };
  const { nll } = await reduce(size, logits, targets);
  expectClose([nll[1]], [reference(logits, targets, vocabulary)[1].nll], NLL);
  expect(Number.isFinite(nll[2])).toBe(false);
});
