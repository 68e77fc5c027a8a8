import { expect, test } from 'vitest';
import { architectureFor } from '../../models/registry';
import { readJson } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { formulaWeights } from '../../testing/formulaWeights';
import { referenceLogits } from './logits';

/** The content of transformersOptions.json; its description says how weights and inputs are made. */
interface Golden {
  models: Record<
    string,
    { config: Record<string, unknown>; last: [number[], number[]]; probes: [number, number] }
  >;
}
const golden = readJson(new URL('./testing/transformersOptions.json', import.meta.url).pathname) as Golden;

/** Tolerances: transformers computes norms and attention scores in float32; logits reach 4, and probes are sums of 418. */
const FLOAT32_PARTS = { abs: 2e-6 };
const SUMS = { abs: 1e-5 };
const [SEQUENCES, LENGTH, VOCABULARY] = [2, 11, 19];

test.each(Object.keys(golden.models))('logits equal those of transformers: %s', async (name) => {
  const { config, last, probes } = golden.models[name];
  const shape = architectureFor(config).configure(config);
  const tensors = formulaWeights(shape);
  const ids = [3, 1].flatMap((first, s) =>
    Array.from({ length: LENGTH }, (_, i) => ([7, 5][s] * i + first) % VOCABULARY),
  );
  const logits = await referenceLogits(shape, (tensor) => Promise.resolve(tensors.get(tensor)!), {
    ...{ values: ids, sequences: SEQUENCES, length: LENGTH },
  });
  const row = (t: number) => logits.subarray(t * VOCABULARY, (t + 1) * VOCABULARY);
  last.forEach((expected, s) => expectClose(row((s + 1) * LENGTH - 1), expected, FLOAT32_PARTS));
  const sum = (f: (n: number) => number) => logits.reduce((total, x, n) => total + x * f(n), 0);
  expectClose([sum(Math.cos), sum((n) => Math.sin(0.37 * n + 1))], probes, SUMS);
  expect(logits.length).toBe(SEQUENCES * LENGTH * VOCABULARY);
});
