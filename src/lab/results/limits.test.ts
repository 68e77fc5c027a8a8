import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { checkLimits, limitFigure, lossOf, type Limits, type Tariff } from './limits';
import type { Latency, LabRecord } from './record';

const { quality, speed, codec } = sampleRecord();
/** A loss of 2.195 % [1.48, 2.88]. */
const text = sampleRecord({ validity: [] });
/** 0.3 points of accuracy lost [−0.3, 0.9]. */
const images = sampleRecord({
  validity: [],
  quality: { ...quality, task: 'image-accuracy', deltaPercent: -0.3, deltaPercentCi95: [-0.9, 0.3] },
  speed: { imagesPerSecond: { median: 100, ci95: [90, 125], samples: [100] }, peakGpuBytes: 1 },
});
const latency: Latency = {
  promptTokens: 32,
  tokens: 100,
  p50: { ms: 10, ci95: [9, 11] },
  p95: { ms: 20, ci95: [18, 30] },
  p99: { ms: 40, ci95: [25, null] },
  gpuBytes: 2000,
};
const decodeTokensPerSecond = { median: 100, ci95: [80, 125] as [number, number], samples: [100] };
const timed = sampleRecord({ validity: [], speed: { ...speed, latency, decodeTokensPerSecond } });
const outcome = (record: LabRecord, limits: Limits, tariff?: Tariff) =>
  checkLimits(record, limits, tariff).outcome;

test.each([
  ['the upper bound decides', text, 2.88, 'holds'],
  ['an interval that includes the limit', text, 2, 'unsure'],
  ['a lower bound above the limit', text, 1.4, 'fails'],
  ['points of accuracy', images, 0.9, 'holds'],
  ['points of accuracy', images, 0.5, 'unsure'],
] as const)('quality: %s', (_, record, increase, expected) => {
  expect(outcome(record, { increase })).toBe(expected);
});

test.each([
  [{ validity: ['few-clusters'] }, /Fewer than 30 windows/],
  [{ validity: ['unverified'] }, /other values/],
  [{ status: 'partial' }, /stopped/],
] as const)('an interval without its coverage decides nothing: %o', (change, doubt) => {
  const record = { ...text, ...change } as LabRecord;
  const [check] = checkLimits(record, { increase: 5 }).checks;
  expect(check.outcome).toBe('unsure');
  expect(check.doubt).toMatch(doubt);
  // A loss beyond the limit is no better for it.
  expect(outcome(record, { increase: 1 })).toBe('fails');
});

test('the float32 model itself loses nothing, whatever the interval of its accuracy', () => {
  const float = { ...images, role: 'baseline' as const, validity: ['few-clusters'] };
  expect(lossOf(float)).toEqual({ value: 0, low: 0, high: 0 });
  expect(outcome(float, { increase: 0 })).toBe('holds');
});

describe('calibration draws', () => {
  const calibrated = (values: number[]) => ({
    role: 'codec' as const,
    quality,
    codec: { ...codec, calibration: { dataset: 'd', sha256: 's', windows: 1, seeds: [1, 2, 3], values } },
  });

  test('fewer than three leave the interval as it is', () => {
    expect(lossOf(calibrated([14.5, 14.6]))).toEqual({ value: 2.195, low: 1.48, high: 2.88 });
  });

  test('from three on their variance joins the interval in quadrature', () => {
    // Mean losses of −0.01, 0 and +0.01 nats about the first draw: mean 0, SE 0.01 ÷ √3, t(0.975, 2) = 4.3027, reach 0.024842.
    const centre = Math.log1p(0.02195);
    const values = [centre, centre - 0.01, centre + 0.01].map((nats) => Math.exp(nats));
    const { value, high } = lossOf(calibrated(values));
    expect(value).toBeCloseTo(2.195, 9);
    const within = Math.log1p(0.0288) - centre;
    expect(Math.log1p(high / 100)).toBeCloseTo(centre + Math.hypot(within, 0.024842), 5);
  });
});

test.each([
  [{ bytes: 160_000 }, 'holds'],
  [{ bytes: 159_999 }, 'fails'],
  [{ memory: 2000 }, 'holds'],
  [{ p50: 11 }, 'holds'],
  [{ p50: 10 }, 'unsure'],
  [{ p50: 8 }, 'fails'],
  [{ p95: 30 }, 'holds'],
  // 100 tokens bound no 99th percentile from above.
  [{ p99: 1e9 }, 'unsure'],
  [{ p99: 24 }, 'fails'],
  [{ decode: 80 }, 'holds'],
  [{ decode: 81 }, 'unsure'],
  [{ decode: 126 }, 'fails'],
  [{ prefill: 5000 }, 'holds'],
  [{ bytes: 160_000, p50: 10 }, 'unsure'],
  [{ bytes: 1, p50: 10 }, 'fails'],
  [{}, 'holds'],
] as const)('%o: %s', (limits, expected) => {
  expect(outcome(timed, limits)).toBe(expected);
});

test('what was not measured is unsure, and says why', () => {
  for (const limit of ['memory', 'p50', 'decode', 'price'] as const)
    expect(limitFigure(text, limit, { pricePerHour: 1 })).toEqual({
      missing: expect.stringContaining('latency was not measured'),
    });
  expect(limitFigure(timed, 'price')).toEqual({ missing: expect.stringContaining('price of an hour') });
  for (const limit of ['p99', 'memory'] as const)
    expect(limitFigure(images, limit)).toEqual({
      missing: expect.stringContaining('latency was not measured'),
    });
  const timedImages = { ...images, speed: { ...images.speed, latency } };
  expect(limitFigure(timedImages, 'p99')).toEqual(limitFigure(timed, 'p99'));
  const onCpu = { ...timed, speed: { ...timed.speed, latency: { ...latency, gpuBytes: undefined } } };
  expect(limitFigure(onCpu, 'memory')).toEqual({ missing: expect.stringContaining('CPU') });
  expect(outcome(text, { decode: 1 })).toBe('unsure');
});

test('times count on their own device, but not if the tab was hidden', () => {
  expect(outcome({ ...timed, validity: ['cpu'] }, { p50: 11 })).toBe('holds');
  const hidden = { ...timed, validity: ['tab-hidden'] };
  expect(outcome(hidden, { p50: 11 })).toBe('unsure');
  expect(limitFigure(hidden, 'decode')).toEqual({ missing: expect.stringContaining('hidden') });
});

test('the price follows the rate, measured or entered, and its interval', () => {
  // $0.50 ÷ (100 · 3600) · 10⁶ = $1.3889; at 80 and 125 a second $1.7361 and $1.1111.
  const figure = limitFigure(timed, 'price', { pricePerHour: 0.5 }) as {
    value: number;
    low: number;
    high: number;
  };
  expect([figure.low, figure.value, figure.high].map((price) => price.toFixed(4))).toEqual([
    '1.1111',
    '1.3889',
    '1.7361',
  ]);
  expect(outcome(timed, { price: 1.5 }, { pricePerHour: 0.5 })).toBe('unsure');
  expect(outcome(text, { price: 2.78 }, { pricePerHour: 0.5, perSecond: 50 })).toBe('holds');
  expect(outcome(images, { price: 2 }, { pricePerHour: 0.5 })).toBe('holds');
});
