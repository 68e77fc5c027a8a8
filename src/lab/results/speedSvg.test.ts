import { expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import type { LabRecord } from './record';
import { speedSvg } from './speedSvg';

const recordOf = (spec: string, role: LabRecord['role'], ratioFloat32: number, median?: number) => {
  const { size, codec } = sampleRecord();
  const speed = { median: median!, ci95: [median! / 2, 2 * median!] as [number, number], samples: [] };
  return sampleRecord({
    role,
    size: { ...size, ratioFloat32 },
    codec: { ...codec, spec },
    speed: { peakGpuBytes: 0, ...(median !== undefined && { prefillTokensPerSecond: speed }) },
  });
};

test('draws storage and speed as shares of float32’s, with the interval of the speed', () => {
  const svg = speedSvg('A & B', [
    recordOf('', 'baseline', 1, 100),
    recordOf('small', 'codec', 4, 50),
    recordOf('untimed', 'codec', 2),
    recordOf('other', 'opponent', 2, 100),
  ]);
  expect(svg).toContain('A &#38; B');
  expect(svg).not.toMatch(/other|NaN|undefined/);
  // Panels are 190 pixels wide: all of float32's bytes, and the fastest end of an interval, which is 2 × float32.
  const widths = [...svg.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );
  expect(widths).toEqual([190, 95, 47.5, 47.5, 95]);
  expect(svg).toContain('>25.0</text>');
  expect(svg).toContain('>0.50×</text>');
  // The interval of the codec is 0.25 to 1 × float32.
  expect(svg).toContain('M523.8 107H595');
  expect(svg.match(/not measured/g)).toHaveLength(1);
});
