import { describe, expect, test } from 'vitest';
import { architectureFor } from '../../models/registry';
import { largestPart, streamedGroups, streamedNeed, type StreamedWork } from './memory';

/** EleutherAI/gpt-neo-1.3B as published: blocks of 12 · 2048² weights, 9 vectors of 2048 and one of 8192. */
const GPT_NEO = {
  ...{ model_type: 'gpt_neo', vocab_size: 50257, hidden_size: 2048, num_layers: 24, num_heads: 16 },
  ...{ attention_types: [[['global', 'local'], 12]], max_position_embeddings: 2048 },
};
const WIDTH = 2048;
const TABLE = 4 * 50257 * WIDTH;
const BATCH_ROWS = 512;

const work: StreamedWork = {
  shape: architectureFor(GPT_NEO).configure(GPT_NEO),
  ...{ compute: 'gpu', sequences: 1, length: BATCH_ROWS, withBaseline: true, spills: false },
};

describe('the memory of streamed weights', () => {
  test('is that of the token table with its positions, and of two heads', () => {
    expect(largestPart(work.shape, false)).toBe(TABLE + 4 * 2048 * WIDTH);
    expect(largestPart(work.shape, true)).toBe(2 * TABLE);
    const need = streamedNeed(work);
    expect(need.states).toBe(4 * BATCH_ROWS * WIDTH);
    // Residual, normed, and query, key, value and attended side by side with the inner layer's four widths.
    expect(need.stage - largestPart(work.shape, false)).toBeGreaterThanOrEqual(6 * need.states);
    expect(need.stage - largestPart(work.shape, false)).toBeLessThanOrEqual(11 * need.states);
    expect(need.heads - 2 * TABLE).toBeLessThan(100e6);
    expect(need.least).toBe(need.heads);
  });

  test('decides how many batches run together', () => {
    const { stage, states, heads } = streamedNeed(work);
    expect(streamedGroups(work, 1000, heads)).toEqual({
      onGpu: Math.floor((heads - stage) / states),
      batches: Math.floor((heads - stage) / states),
    });
    expect(streamedGroups(work, 8, heads)).toEqual({ onGpu: 8, batches: 8 });
    expect(streamedGroups(work, 8, Infinity)).toEqual({ onGpu: 8, batches: 8 });
    // States that do not fit the GPU wait in main memory, where they do not count.
    const onGpu = Math.floor((heads - stage) / states);
    expect(streamedGroups({ ...work, spills: true }, onGpu + 5, heads)).toEqual({
      onGpu,
      batches: onGpu + 5,
    });
  });

  test('is refused if it is less than the largest part needs', () => {
    const { least } = streamedNeed(work);
    expect(() => streamedGroups(work, 8, least - 1)).toThrow(/needs 9\d\d MB; the plan allows 9\d\d MB/);
  });
});
