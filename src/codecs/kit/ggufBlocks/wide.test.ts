import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../../base/random';
import { blockType } from '../../../formats/gguf/blockTypes';
import { codecMeta } from '../../contract/registry';
import { completeOptions } from '../../contract/spec';
import { BLOCK_FIELDS } from './fields';
import { blocksLayout } from './layout';
import { GGUF_TYPES, type GgufCodecType } from './meta';
import { readBlock, writeBlock } from './packing';
import { encodeRows } from './reference';

const COLUMNS = 512;
const random = new KeyedRandom(3, 0x81de);
/** Nearly normal values with an outlier in each hundred. */
const values = Float32Array.from({ length: 8 * COLUMNS }, (_, i) => {
  const sum = Array.from({ length: 6 }, () => random.nextUniform()).reduce((a, b) => a + b, -3);
  return sum * (i % 100 === 37 ? 5 : 0.3);
});
const importance = Float32Array.from({ length: COLUMNS }, () => random.nextUniform() ** 3);
const SEARCHED = GGUF_TYPES.filter((type) => type !== 'Q8_0');

function encoded(type: GgufCodecType, search: string, weights?: Float32Array): Uint8Array {
  const meta = codecMeta(type.toLowerCase().replace('_', '-'));
  const layout = blocksLayout(type)([8, COLUMNS], completeOptions(meta, { search }));
  return encodeRows('test', layout, values, weights);
}

/** Returns Σ weight · (x − x̂)² of each block in float64, from the blocks that llama.cpp's decoder restores. */
function errors(type: string, bytes: Uint8Array, weights?: Float32Array): number[] {
  const { blockSize } = blockType(type);
  const restored = blockType(type).decode(bytes);
  const sums = Array.from({ length: values.length / blockSize }, () => 0);
  values.forEach((value, i) => {
    sums[Math.floor(i / blockSize)] += (weights?.[i % COLUMNS] ?? 1) * (value - restored[i]) ** 2;
  });
  return sums;
}

describe.each(SEARCHED)('%s', (type) => {
  test.each([
    ['equal weights', undefined],
    ['importance', importance],
  ])('no block errs more than that of llama.cpp, and the matrix errs less, with %s', (_, weights) => {
    const blocks = (search: string) => encoded(type, search, weights);
    // Records hold the error of the weights without importance, which must not rise either.
    const [faithful, wide] = [blocks('faithful'), blocks('wide')];
    for (const by of [weights, undefined]) {
      const before = errors(type, faithful, by);
      errors(type, wide, by).forEach((error, b) => expect(error).toBeLessThanOrEqual(before[b] * (1 + 1e-5)));
    }
    const total = (bytes: Uint8Array) => errors(type, bytes, weights).reduce((a, b) => a + b);
    expect(total(wide)).toBeLessThan(0.995 * total(faithful));
  });

  test('the fields of a block are read and written as llama.cpp packs them', () => {
    const bytes = encoded(type, 'faithful');
    const { blockSize, blockBytes } = blockType(type);
    const fields = BLOCK_FIELDS[type];
    const copy = new Uint8Array(bytes.length);
    const at = (array: Uint8Array, b: number) => new DataView(array.buffer, b * blockBytes, blockBytes);
    for (let b = 0; b * blockBytes < bytes.length; b++) {
      const content = readBlock(fields, at(bytes, b), blockSize);
      for (const place of [fields.d, fields.min ?? fields.d])
        at(copy, b).setUint16(place, at(bytes, b).getUint16(place, true), true);
      writeBlock(fields, content, at(copy, b), type);
      expect(content.groups).toHaveLength(fields.scales === 'none' ? 1 : blockSize / fields.group);
    }
    expect(copy).toEqual(bytes);
  });
});
