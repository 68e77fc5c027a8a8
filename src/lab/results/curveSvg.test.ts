import { expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { curveSvg } from './curveSvg';

const at = (bitsPerWeight: number, deltaPercent: number, role: 'codec' | 'opponent' = 'codec') => {
  const { size, quality, codec } = sampleRecord();
  return sampleRecord({
    role,
    size: { ...size, bitsPerWeight },
    codec: { ...codec, spec: `c<${bitsPerWeight}>` },
    quality: { ...quality, deltaPercent, deltaPercentCi95: [deltaPercent / 2, 2 * deltaPercent] },
  });
};

test('draws a circle and an interval for each codec, on scales from the first to the last', () => {
  const svg = curveSvg('A & B', [
    sampleRecord({ role: 'baseline' }),
    at(2, 100),
    at(8, 1),
    at(5, -3, 'opponent'),
  ]);
  expect(svg).toContain('A &#38; B');
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [+x, +y]);
  expect(circles).toHaveLength(3);
  expect(circles.map(([x]) => x)).toEqual([76, 700, 388]);
  // 100 % of 0.01 to 200 % (logarithmic) stands above 1 %, and a gain at the foot.
  expect(circles[0][1]).toBeLessThan(circles[1][1]);
  expect(circles[2][1]).toBe(384);
  expect(svg).toContain('c&#60;2&#62;');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test('an empty run has an empty picture', () => expect(curveSvg('none', [])).not.toMatch(/NaN|Infinity/));
