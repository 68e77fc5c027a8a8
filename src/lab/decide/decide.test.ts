import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import type { LabRecord } from '../results/record';
import { adviceText } from './advice';
import { decide, decisionGroups, oneGroup, type Decision } from './decide';
import { decisionRequest, type DecisionFields } from './parameters';
import { answerMarkdown, reasonText } from './text';

const sample = sampleRecord();

interface Point {
  bytes: number;
  /** Loss in per cent, and half of its interval. */
  loss: number;
  half?: number;
  /** Milliseconds of a token; not measured if absent. */
  ms?: number;
  change?: Partial<LabRecord>;
}

function point(codec: string, { bytes, loss, half = 0.1, ms, change }: Point): LabRecord {
  const rate = ms === undefined ? undefined : 1000 / ms;
  const percentile = { ms: ms ?? 0, ci95: [0.9 * (ms ?? 0), 1.1 * (ms ?? 0)] as [number, number] };
  return sampleRecord({
    id: codec,
    validity: [],
    codec: { id: codec, options: {}, spec: codec, label: codec },
    size: { ...sample.size, totalBytes: bytes, assetBytes: 0 },
    quality: { ...sample.quality, deltaPercent: loss, deltaPercentCi95: [loss - half, loss + half] },
    speed: {
      peakGpuBytes: 0,
      ...(rate !== undefined && {
        decodeTokensPerSecond: { median: rate, ci95: [0.9 * rate, 1.1 * rate], samples: [rate] },
        latency: { promptTokens: 32, tokens: 400, p50: percentile, p95: percentile, p99: percentile },
      }),
    },
    ...change,
  });
}

const BASELINE = point('float32', { bytes: 4000, loss: 0, half: 0, ms: 20, change: { role: 'baseline' } });
const RECORDS = [
  BASELINE,
  point('eight', { bytes: 1000, loss: 0.1, ms: 10 }),
  point('six', { bytes: 800, loss: 0.5, ms: 8 }),
  point('five', { bytes: 700, loss: 0.95, ms: 7 }),
  point('four', { bytes: 600, loss: 3, ms: 5 }),
  // As large as another, and worse.
  point('poor', { bytes: 1000, loss: 0.6, ms: 12 }),
];

const decided = (fields: DecisionFields, records = RECORDS): Decision =>
  decide({ records }, decisionRequest(fields));
const names = (candidates: Decision['holding']) => candidates.map(({ record }) => record.codec.spec);

describe('the answer', () => {
  test('is the smallest that holds every limit, with a runner-up and reasons', () => {
    const decision = decided({ 'max-increase': 1 });
    expect(names(decision.holding)).toEqual(['six', 'eight', 'poor']);
    expect(names(decision.rejected)).toEqual(['five', 'four']);
    expect(decision.rejected.map(reasonText)).toEqual([
      'rise of the perplexity +0.95 [+0.85, +1.05] %, perhaps more than 1',
      'rise of the perplexity +3.00 [+2.90, +3.10] %, more than 1',
    ]);
    expect(answerMarkdown(decision)).toBe(
      'Take `six`, the smallest of the 3 codecs that hold every limit with 95 % confidence: size 800 bytes, ' +
        'rise of the perplexity +0.50 [+0.40, +0.60] %. The runner-up is `eight` (size 1,000 bytes).',
    );
  });

  test('is the cheapest or the fastest if that is preferred', () => {
    const cheapest = decided({ prefer: 'price', hardware: 'T4', 'max-increase': 5 });
    expect(names(cheapest.holding)).toEqual(['four', 'five', 'six', 'eight', 'poor']);
    // 200 tokens a second on a T4: $0.50 ÷ 720,000 · 10⁶.
    expect(answerMarkdown(cheapest)).toContain('price $0.694 [$0.631, $0.772] for a million tokens');
    const fastest = decided({ prefer: 'speed', 'max-increase': 1 });
    expect(names(fastest.holding)).toEqual(['six', 'eight', 'poor']);
    // 125 [112, 138] and 100 [90, 110] do not overlap, 100 and 83.3 [75, 91.7] do.
    expect(answerMarkdown(fastest)).not.toContain('overlap');
    expect(answerMarkdown(decided({ prefer: 'speed', 'max-increase': 0.3 }, RECORDS.slice(0, 2)))).toContain(
      'the only codec that holds every limit',
    );
  });

  test('with an entered rate the price is the same for all, and the size decides', () => {
    const fields = { prefer: 'price', 'price-per-hour': 0.5, 'per-second': 50 } as const;
    const decision = decided(fields);
    expect(names(decision.holding)[0]).toBe('six');
    expect(answerMarkdown(decision)).toContain('price $2.78 for a million tokens');
  });

  test('may be that none holds, with the nearest miss', () => {
    const decision = decided({ 'max-increase': 1, 'max-bytes': 650 });
    expect(decision.holding).toEqual([]);
    expect(answerMarkdown(decision)).toBe(
      'None of the 5 codecs holds every limit with 95 % confidence. The nearest miss is `five`: rise of the perplexity ' +
        '+0.95 [+0.85, +1.05] %, perhaps more than 1; size 700 bytes, more than 650.',
    );
    const strict = decided({ 'max-increase': 0.05 });
    expect(answerMarkdown(strict)).toContain(
      'The uncompressed float32 model does. The nearest miss is `eight`',
    );
  });

  test('what was not measured holds no limit and is no answer by speed', () => {
    const untimed = RECORDS.map((record) => ({ ...record, speed: { peakGpuBytes: 0 } }));
    for (const fields of [{ 'max-p99': 100 }, { prefer: 'speed' }] as const) {
      const decision = decided(fields, untimed);
      expect(decision.holding).toEqual([]);
      expect(answerMarkdown(decision)).toContain('What decides was not measured');
    }
    expect(answerMarkdown(decided({}, [BASELINE]))).toContain('measure some first');
  });

  test('says that a calibrated codec was measured with one sample', () => {
    const calibration = { dataset: 'd', sha256: 's', windows: 8, seeds: [1], values: [1] };
    const codec = { id: 'gptq', options: {}, spec: 'gptq', label: 'GPTQ', calibration };
    const decision = decided({}, [point('gptq', { bytes: 500, loss: 0.1, change: { codec } })]);
    expect(answerMarkdown(decision)).toContain('one sample of calibration data');
  });
});

test('the Pareto set: no other is as good in bytes, loss and rate, and better in one', () => {
  const { holding, rejected } = decided({ 'max-increase': 'off' });
  const all = [...holding, ...rejected];
  expect(names(all.filter(({ pareto }) => pareto)).sort()).toEqual(['eight', 'five', 'four', 'six']);
});

describe('records that cannot be compared', () => {
  const other = (change: Partial<LabRecord>) => [...RECORDS, point('other', { bytes: 1, loss: 0, change })];

  test.each([
    ['models', { model: { ...sample.model, id: 'gpt2' } }, /different models.*stories260K; gpt2/],
    [
      'tasks',
      { quality: { ...sample.quality, task: 'image-accuracy' as const, dataset: 'cifar-10' } },
      /tasks or data.*cifar-10/,
    ],
    [
      'data',
      { quality: { ...sample.quality, dataset: 'wikitext-2', datasetSha256: 'dd' } },
      /tasks or data.*wikitext-2/,
    ],
    [
      'devices',
      { environment: { ...sample.environment, adapter: 'other GPU' } },
      /devices.*llvmpipe.*other GPU/,
    ],
    ['devices', { environment: { ...sample.environment, compute: 'cpu' as const } }, /devices/],
    ['data', { quality: { ...sample.quality, datasetSha256: 'dd' } }, /different data,.*cc; dd/],
    ['weights', { model: { ...sample.model, sha256: 'ff' } }, /weights.*aa; ff/],
  ])('of different %s are refused by name', (_, change, message) => {
    expect(() => oneGroup(other(change))).toThrow(message);
    expect(decisionGroups(other(change))).toHaveLength(2);
  });

  test('of no measurement are refused', () => {
    expect(() => oneGroup([])).toThrow(/no records/);
  });
});

test('the newest record of a codec counts', () => {
  const again = point('six', { bytes: 900, loss: 0.5, change: { startedAt: '2027-01-01T00:00:00Z' } });
  const { records } = oneGroup([...RECORDS, again]);
  expect(records.filter(({ codec }) => codec.spec === 'six').map(({ size }) => size.totalBytes)).toEqual([
    900,
  ]);
});

test('advice as Markdown: groups, limits, and a table with every candidate', () => {
  const gpt2 = RECORDS.map((record) => ({ ...record, model: { ...record.model, id: 'gpt2' } }));
  const request = decisionRequest({ hardware: 'cpu' });
  const text = adviceText([...RECORDS, ...gpt2], request, true);
  expect(text.match(/^## .*/gm)).toEqual(['## stories260K', '## gpt2']);
  expect(text).toContain(
    'Limits: rise of the perplexity at most 1 %, the smallest first, an hour at $0.100.',
  );
  for (const { codec, role } of RECORDS)
    if (role === 'codec') expect(text).toContain(`| \`${codec.spec}\` |`);
  const widths = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').length);
  expect(new Set(widths).size).toBe(1);
  expect(text).not.toMatch(/undefined|NaN|\[object/);
  expect(() => adviceText([...RECORDS, ...gpt2], request, false)).toThrow(/different models/);
});
