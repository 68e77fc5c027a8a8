import { expect, test } from 'vitest';
import { concatenate } from './concatenate';

test('arrays are joined in their order, empty ones and views included', () => {
  const view = Uint8Array.of(9, 3, 4, 9).subarray(1, 3);
  expect(concatenate(Uint8Array, [Uint8Array.of(1, 2), new Uint8Array(), view])).toEqual(
    Uint8Array.of(1, 2, 3, 4),
  );
  expect(concatenate(Uint32Array, [])).toEqual(new Uint32Array());
});
