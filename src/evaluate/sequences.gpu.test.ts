import { afterAll, describe, expect, test } from 'vitest';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { referenceLogits } from '../runtime/reference/logits';
import { denseWeights } from '../runtime/forward/weights';
import { streamedModel } from '../runtime/forward/streamedWeights';
import { readCheckpoint, type Checkpoint } from '../testing/checkpoint';
import { fixture } from '../testing/fixtures';
import { testGpu } from '../testing/gpu';
import { paddedLength, scoreSequences, type ScoredSequence, type SequenceLosses } from './sequences';

const gpu = await testGpu();
const cpu = await nodeRuntime();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** The losses are about 5 nats, from float32 logits. */
const NLL = 2e-5;

const checkpoint = readCheckpoint(fixture('arch/gpt2'));
const sequences: ScoredSequence[] = [20, 3, 30, 9, 20, 3].map((length, s) => ({
  ids: Uint32Array.from({ length }, (_, i) => (i * i + 13 * i + 5 * s) % checkpoint.shape.vocabulary),
  firstScored: length - 1 - (s % 2),
  name: `sequence ${s}`,
}));

/** The losses by the float64 executor, without padding. */
async function expected({ shape, tensor }: Checkpoint, { ids, firstScored }: ScoredSequence) {
  const weight = (name: string) => tensor(shape.tensors.find((spec) => spec.name === name)!);
  const logits = await referenceLogits(shape, weight, { values: ids, sequences: 1, length: ids.length });
  return Array.from(ids.subarray(firstScored), (right, i) => {
    const row = logits.subarray((firstScored + i - 1) * shape.vocabulary).subarray(0, shape.vocabulary);
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    const rank = 1 + row.filter((value) => value > row[right]).length;
    return { nll: Math.log(sum) - row[right], top: row.indexOf(Math.max(...row)), rank };
  });
}

async function collected(found: AsyncIterable<SequenceLosses[]>): Promise<SequenceLosses[]> {
  const all: SequenceLosses[] = [];
  for await (const part of found) all.push(...part);
  return all.sort((a, b) => a.index - b.index);
}

describe('sequences of different lengths', () => {
  test.each(['GPU', 'CPU', 'parts'] as const)('have the losses of a float64 loop (%s)', async (place) => {
    const { shape } = checkpoint;
    const weights =
      place === 'parts'
        ? streamedModel(gpu, { ...checkpoint, id: 'test' } as Parameters<typeof streamedModel>[1])
        : await denseWeights(gpu, checkpoint);
    const input = { gpu, shape, withRank: true, ...(place === 'CPU' && { cpu }) };
    const found = await collected(scoreSequences(input, weights, sequences, { label: 'test' }));
    expect(found.map(({ index }) => index)).toEqual(sequences.map((_, i) => i));
    for (const { index, nll, top, rank } of found) {
      const right = await expected(checkpoint, sequences[index]);
      expect([...top]).toEqual(right.map((token) => token.top));
      expect([...rank!]).toEqual(right.map((token) => token.rank));
      right.forEach((token, i) => expect(Math.abs(nll[i] - token.nll)).toBeLessThan(NLL));
      expect(nll.length).toBe(right.length);
    }
    if ('dispose' in weights) (weights as { dispose(): void }).dispose();
  });
});

test.each([
  [1, 16],
  [16, 16],
  [17, 24],
  [25, 32],
  [33, 48],
  [49, 64],
  [200, 250],
])('%i tokens are padded to %i', (length, padded) => expect(paddedLength(length, 250)).toBe(padded));
