import { expect, test } from 'vitest';
import type { TensorSpec } from '../../models/architecture';
import { toCanonical } from '../../models/load/orientation';
import { architectureFor } from '../../models/registry';
import { readJson } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
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

function valuesOf({ name, shape }: TensorSpec): Float32Array {
  const phase = [...name].reduce((h, c) => (31 * h + c.charCodeAt(0)) % 1009, 0);
  const isVector = shape.length === 1;
  const centre = isVector && name.endsWith('.weight') ? 1 : 0;
  const spread = isVector ? 0.2 : 0.5;
  const length = shape.reduce((a, b) => a * b);
  return Float32Array.from({ length }, (_, n) => centre + spread * Math.sin(0.7 * n + phase));
}

test.each(Object.keys(golden.models))('logits equal those of transformers: %s', async (name) => {
  const { config, last, probes } = golden.models[name];
  const shape = architectureFor(config).configure(config);
  const tensors = new Map(shape.tensors.map((spec) => [spec.name, toCanonical(spec, valuesOf(spec))]));
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
