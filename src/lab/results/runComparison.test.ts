import { describe, expect, test } from 'vitest';
import { imageSamples } from '../../evaluate/imageSamples';
import { sampleRecord } from '../../testing/sampleRecord';
import type { LabRecord } from './record';
import { compareRuns } from './runComparison';

const base = sampleRecord();

/** A record of 40 windows of 100 tokens, whose losses alternate around a mean of `nats` per token. */
function run(nats: number, change: Partial<LabRecord> = {}): LabRecord {
  const samples = Array.from({ length: 40 }, (_, i) => {
    const nll = 100 * (nats + (i % 2 ? 0.001 : -0.001));
    return { nll, baselineNll: 300, tokens: 100 };
  });
  return { ...base, samples, ...change };
}

/** The same windows with every other loss untouched, so that the mean difference is `nats`. */
function shifted(record: LabRecord, nats: number): LabRecord {
  const samples = record.samples.map((sample, i) =>
    'tokens' in sample ? { ...sample, nll: sample.nll + (i % 2 ? 0 : 200 * nats) } : sample,
  );
  return { ...record, samples };
}

/** A record whose calibration draws have these mean losses in nats. */
function drawn(record: LabRecord, nats: readonly number[], seeds = nats.map((_, i) => i)): LabRecord {
  const values = nats.map(Math.exp);
  const calibration = { dataset: 'd', sha256: 's', windows: 8, seeds, values };
  return { ...record, codec: { ...record.codec, calibration } };
}

describe('two runs of one codec', () => {
  test('with the same losses are equal, whatever their speed', () => {
    const before = run(3);
    const after = { ...run(3), speed: { ...before.speed, decodeMs: 99 } };
    expect(compareRuns([before], [after]).changes).toMatchObject([{ outcome: 'equal', change: 0, bytes: 0 }]);
  });

  test('with another mean are better or worse by per cent of perplexity', () => {
    const before = run(3);
    const [{ outcome, change, ci95 }] = compareRuns([before], [shifted(before, 0.01)]).changes;
    expect(outcome).toBe('worse');
    // exp(0.01) − 1; forty windows of differences 0 and 0.02 have a standard error of 0.01 ÷ √39, and t(39) = 2.0227.
    expect(change).toBeCloseTo(1.005017, 5);
    expect(ci95[0]).toBeCloseTo(100 * Math.expm1(0.01 - (2.0227 * 0.01) / Math.sqrt(39)), 3);
    expect(ci95[1]).toBeCloseTo(100 * Math.expm1(0.01 + (2.0227 * 0.01) / Math.sqrt(39)), 3);
    expect(compareRuns([shifted(before, 0.01)], [before]).changes[0].outcome).toBe('better');
  });

  test('with the same calibration draws are paired by draw', () => {
    const before = run(3);
    const plain = compareRuns([before], [shifted(before, 0.01)]).changes[0];
    const [found] = compareRuns(
      [drawn(before, [3, 3.2, 3.4])],
      [drawn(shifted(before, 0.01), [3.01, 3.21, 3.41])],
    ).changes;
    expect(found.change).toBeCloseTo(plain.change, 9);
    expect(found.ci95[0]).toBeCloseTo(plain.ci95[0], 9);
  });

  test('with other calibration draws differ by the means of their draws', () => {
    const before = run(3);
    const [{ change, outcome }] = compareRuns(
      [drawn(before, [3, 3.03, 3.06])],
      [drawn(shifted(before, 0.01), [3.01, 3.02, 3], [7, 8, 9])],
    ).changes;
    // 3.01 − 3.03.
    expect(change).toBeCloseTo(100 * Math.expm1(-0.02), 9);
    expect(outcome).toBe('unsure');
  });

  test('of too few windows are undecided', () => {
    const before = { ...run(3), samples: run(3).samples.slice(0, 20) };
    expect(compareRuns([before], [shifted(before, 0.5)]).changes).toMatchObject([
      { outcome: 'unsure', few: true },
    ]);
  });

  test('count bytes without the assets of the model', () => {
    const after = run(3, { size: { ...base.size, totalBytes: 166_000, assetBytes: 5500 } });
    expect(compareRuns([run(3)], [after]).changes[0].bytes).toBe(500);
  });

  test('on other windows are not comparable, and the difference is named', () => {
    const quality = { ...base.quality, datasetSha256: 'other' };
    const { changes, incomparable } = compareRuns([run(3)], [run(3, { quality })]);
    expect(changes).toEqual([]);
    expect(incomparable).toMatchObject([{ differs: 'the data set' }]);
    const fewer = { ...run(3), samples: run(3).samples.slice(1) };
    expect(compareRuns([run(3)], [fewer]).incomparable).toMatchObject([
      { differs: 'the number of windows or images' },
    ]);
  });
});

test('runs with several data sets are compared on each, by their newest records', () => {
  const wikitext = { quality: { ...base.quality, datasetSha256: 'other' } };
  const stale = run(3, { startedAt: '2025-01-01T00:00:00.000Z' });
  const { changes, incomparable, onlyAfter } = compareRuns(
    [run(3), run(4, wikitext)],
    [run(4, wikitext), shifted(run(3), 0.01), stale],
  );
  expect(changes.map(({ outcome }) => outcome)).toEqual(['worse', 'equal']);
  expect([incomparable, onlyAfter]).toEqual([[], []]);
});

test('images change by points of accuracy: a positive number is a gain', () => {
  const images = 400;
  const right = (count: number) => Array.from({ length: images }, (_, i) => i < count);
  const of = (count: number): LabRecord => ({
    ...base,
    quality: { ...base.quality, task: 'image-accuracy' },
    samples: imageSamples(right(count), right(images)),
  });
  const [{ outcome, change, ci95 }] = compareRuns([of(300)], [of(340)]).changes;
  expect(outcome).toBe('better');
  expect(change).toBe(10);
  expect(ci95[0]).toBeGreaterThan(0);
  expect(ci95[1]).toBeGreaterThan(10);
});

test('other scopes, roles and models are other codecs', () => {
  const before = [run(3), run(3, { role: 'opponent' })];
  const after = [run(3, { scope: 'all' }), run(3, { role: 'opponent' })];
  const { changes, onlyBefore, onlyAfter } = compareRuns(before, after);
  expect(changes.map((change) => change.after.role)).toEqual(['opponent']);
  expect(onlyBefore).toEqual([before[0]]);
  expect(onlyAfter).toEqual([after[0]]);
});
