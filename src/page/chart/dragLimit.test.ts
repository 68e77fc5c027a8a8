import { expect, test } from 'vitest';
import { record } from '../testing/record';
import { limitAfterKey, limitAtPixel, limitPixel } from './dragLimit';
import type { Frame } from './frame';
import { linearScale, symmetricLog } from './scale';

/** A plot of 200 pixels whose axis goes from −10 to 30 in the units of the scale. */
const frame = (scale: Frame['scale'], y: 'change' | 'value' = 'change') =>
  ({
    points: [{ record: record({}) }],
    view: { y },
    scale,
    range: { y: [scale.at(-10), scale.at(30)] },
    inner: { width: 100, height: 200 },
  }) as unknown as Frame;

test('a limit of 10 % is half of the way down an axis from 30 to −10', () => {
  expect(limitPixel(frame(linearScale), 10)).toBe(100);
  expect(limitAtPixel(frame(linearScale), 100)).toBe(10);
  expect(limitAtPixel(frame(linearScale), 150)).toBe(0);
  expect(limitAtPixel(frame(linearScale), 500)).toBe(0);
  expect(limitAtPixel(frame(linearScale), -9999)).toBe(100);
});

test('pixels and limits belong together on a logarithmic axis', () => {
  const log = frame(symmetricLog(0.5));
  for (const limit of [0.1, 0.5, 1, 3, 17]) expect(limitAtPixel(log, limitPixel(log, limit)!)).toBe(limit);
});

test('arrow keys step through round limits', () => {
  expect(limitAfterKey(1, 'ArrowUp')).toBe(1.5);
  expect(limitAfterKey(0.37, 'ArrowDown')).toBe(0.3);
  expect(limitAfterKey(0, 'ArrowDown')).toBe(0);
  expect(limitAfterKey(12, 'End')).toBe(100);
  expect(limitAfterKey(12, 'a')).toBeUndefined();
});
