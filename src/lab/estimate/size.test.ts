import { describe, expect, test } from 'vitest';
import type { ModelShape } from '../../models/architecture';
import { architectureFor } from '../../models/registry';
import {
  dimensionsOf,
  groupedBits,
  llmInt8Bits,
  longRowBits,
  publishedEstimate,
  SCHEMES,
  trueSize,
  type SchemeName,
} from './size';
import { GPT2_CONFIG } from '../studies/namedPlans/gptq-bnb/gpt2';

const GIB = 2 ** 30;
const gpt2: ModelShape = architectureFor(GPT2_CONFIG).configure(GPT2_CONFIG);

describe('the published estimate, with the figures its project prints for gpt2', () => {
  const estimate = publishedEstimate({ layers: 12, width: 768, vocabulary: 50257 });

  test('162,129,408 parameters, where the model has 124,439,808', () => {
    expect(dimensionsOf(gpt2)).toEqual({ layers: 12, width: 768, vocabulary: 50257 });
    expect(estimate.parameters).toBe(162_129_408);
    expect(gpt2.parameters).toBe(124_439_808);
  });

  test('0.302 GiB in float16, 0.083 GiB in 4 bits: 3.636 times, 72.5 % saved', () => {
    expect((estimate.float16 / GIB).toFixed(3)).toBe('0.302');
    expect((estimate.int4 / GIB).toFixed(3)).toBe('0.083');
    expect(estimate.ratio).toBeCloseTo(3.636, 3);
    expect(100 * (1 - estimate.int4 / estimate.float16)).toBeCloseTo(72.5, 6);
  });
});

describe('true bits per weight', () => {
  test.each<[SchemeName, number]>([
    ['float16', 16],
    ['gptq-128', 4.125],
    ['gptq-256', 4.0625],
    ['gptq-512', 4.03125],
    ['awq-128', 4.156],
    ['nf4', 4.5],
    ['nf4-double', 4.127],
    ['Q4_0', 4.5],
    ['Q4_K', 4.5],
    ['Q8_0', 8.5],
  ])('%s on long rows: %f', (name, bits) => expect(longRowBits(SCHEMES[name])).toBeCloseTo(bits, 3));

  test('act-order adds an int32 for each input channel', () => {
    const matrix = [3072, 768] as const;
    const plain = groupedBits(matrix, { bits: 4, group: 128 });
    expect(groupedBits(matrix, { bits: 4, group: 128, actOrder: true }) - plain).toBe(32 * 768);
  });

  test('LLM.int8(): 8 + 32 ÷ in, and 16 bits more for each weight of an outlier column', () => {
    expect(llmInt8Bits([10, 64]) / 640).toBe(8 + 32 / 64);
  });

  test('a group longer than the row is the row', () =>
    expect(groupedBits([172, 64], { bits: 4, group: 128 })).toBe(172 * (4 * 64 + 16)));
});

test('gpt2 in 4 bits is not a 3.636th of its float16 size: what stays float16 weighs more', () => {
  const { bytes, bitsPerCodedWeight } = trueSize(gpt2, SCHEMES['gptq-128']);
  // 84,934,656 block weights; 39,505,152 others in float16.
  expect(bitsPerCodedWeight).toBe(4.125);
  expect(bytes).toBe((84_934_656 * 4.125 + 39_505_152 * 16) / 8);
  expect((2 * gpt2.parameters) / bytes).toBeCloseTo(2.03, 2);
});
