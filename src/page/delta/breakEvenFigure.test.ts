import { expect, test } from 'vitest';
import { costLines, PLOT_MARGIN, shareAtPixel, pixelOfShare, pixelOfBits } from './breakEvenFigure';

test('pixels and shares are inverse, and beyond the axis the share is its end', () => {
  for (const share of [0, 0.25, 2 / 3, 1])
    expect(shareAtPixel(pixelOfShare(share, 600), 600)).toBeCloseTo(share, 3);
  expect([shareAtPixel(-50, 600), shareAtPixel(1000, 600)]).toEqual([0, 1]);
});

test('float16 is a level line, and int32 indices enter the plot where they cost 20 bits', () => {
  const [float16, , sparse] = costLines(646);
  const y = pixelOfBits(16).toFixed(1);
  expect(float16.path.startsWith(`M${PLOT_MARGIN.left.toFixed(1)} ${y}L`)).toBe(true);
  expect(float16.path.endsWith(` ${y}`)).toBe(true);
  // 48 (1 − σ) = 20 at σ = 7/12; the first sample from there on is 117 of 200.
  expect(sparse.path.startsWith(`M${pixelOfShare(117 / 200, 646).toFixed(1)} `)).toBe(true);
});
