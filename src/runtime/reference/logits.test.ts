import { describe, expect, test } from 'vitest';
import { readCheckpoint, readJson, type Checkpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { fixtureInput } from '../../testing/fixtureInput';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { referenceLogits } from './logits';
import { erf } from './math';

/** Tolerance: the fixtures' logits are float32 sums of float32 products; the error of the reference is far smaller. */
const FLOAT32_MODEL = { abs: 1e-5 };

function tensorByName({ shape, tensor }: Checkpoint): (name: string) => Promise<Float32Array> {
  return (name) => tensor(shape.tensors.find((spec) => spec.name === name)!);
}

/** Mean of −ln p(next token). */
function meanNll(logits: Float64Array, ids: ArrayLike<number>, vocabulary: number, length: number): number {
  const losses: number[] = [];
  for (let t = 0; t < ids.length; t++) {
    if (t % length === length - 1) continue;
    const row = logits.subarray(t * vocabulary, (t + 1) * vocabulary);
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
    losses.push(Math.log(total) - row[ids[t + 1]]);
  }
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

describe('the reference equals transformers', () => {
  test.each([...LANGUAGE_FIXTURES, 'vit'])('%s', async (name) => {
    const folder = fixture(`arch/${name}`);
    const checkpoint = readCheckpoint(folder);
    const { input, expected } = fixtureInput(folder);
    const logits = await referenceLogits(checkpoint.shape, tensorByName(checkpoint), input);
    expectClose(logits, expected, FLOAT32_MODEL);
    const { mean_nll: nll } = readJson(`${folder}/expected.json`) as { mean_nll?: number };
    if (nll === undefined) return;
    expect(meanNll(logits, input.values, checkpoint.shape.vocabulary, input.length)).toBeCloseTo(nll, 5);
  });
});

test('erf equals published values (Abramowitz and Stegun, table 7.1)', () => {
  expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
  expect(erf(1)).toBeCloseTo(0.8427007929, 10);
  expect(erf(-1.9)).toBeCloseTo(-0.9927904292, 10);
  expect(erf(4)).toBeCloseTo(0.9999999846, 10);
});
