import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { InferenceSession } from './runtime';
import { exportedFeeds } from './exportedFeeds';

const input = (name: string, shape: readonly (number | string)[] = []): InferenceSession.ValueMetadata => ({
  ...{ name, isTensor: true, type: 'int64', shape },
});
const ids = { dims: [2, 3], values: Uint32Array.of(5, 6, 7, 8, 9, 4) };
const feeds = (...inputs: InferenceSession.ValueMetadata[]) => exportedFeeds(ort, inputs, ids);

test('feeds are ids, a mask of ones, positions of each sequence, and empty caches', () => {
  const cache = input('past_key_values.0.key', ['batch_size', 4, 'past_sequence_length', 16]);
  const given = feeds(input('input_ids'), input('attention_mask'), input('position_ids'), cache);
  expect(Object.keys(given)).toEqual(['input_ids', 'attention_mask', 'position_ids', cache.name]);
  const integers = (name: string) => Array.from(given[name].data as BigInt64Array, Number);
  expect(integers('input_ids')).toEqual([5, 6, 7, 8, 9, 4]);
  expect(integers('attention_mask')).toEqual([1, 1, 1, 1, 1, 1]);
  expect(integers('position_ids')).toEqual([0, 1, 2, 0, 1, 2]);
  expect(given.position_ids.dims).toEqual([2, 3]);
  expect(given[cache.name].dims).toEqual([2, 4, 0, 16]);
});

test('a merged decoder uses its branch without a cache', () =>
  expect(Array.from(feeds(input('use_cache_branch')).use_cache_branch.data as Uint8Array)).toEqual([0]));

test.each([
  [input('encoder_hidden_states'), /"encoder_hidden_states", which a plain/],
  [input('toString'), /"toString", which a plain/],
  [input('past_key_values.0.key', ['b', 'heads', 'p', 16]), /without the number of its heads/],
])('an input that a plain forward pass does not have is an error that names it', (other, message) =>
  expect(() => feeds(other)).toThrow(message),
);
