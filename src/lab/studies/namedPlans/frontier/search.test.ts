import { expect, test } from 'vitest';
import type { CodecSpec } from '../../../../codecs/contract/meta';
import { formatCodec } from '../../../../codecs/contract/spec';
import { sampleRecord } from '../../../../testing/sampleRecord';
import type { LabRecord } from '../../../results/record';
import type { CodecSearch } from '../../../run/run';
import { EMBEDDED_NAMES } from '../../../plan/build';
import { namedPlans } from '../registry';
import { lossOf } from '../../../results/limits';
import { limitShare, lossOutcome } from './limit';
import { allocatedGrid, PLAIN } from './recipes';
import { BitsStage, LadderStage, RefineStage, smallestPassing, stages } from './search';

/** Records hold their share of the limit as the value of quality. */
const recordOf = (spec: CodecSpec, value: number, bytes = 1000): LabRecord => {
  const sample = sampleRecord();
  return {
    ...sample,
    role: 'codec',
    codec: { ...sample.codec, id: spec.id, spec: formatCodec(spec) },
    quality: { ...sample.quality, value },
    size: { ...sample.size, totalBytes: bytes, assetBytes: 0 },
  };
};
const value = ({ quality }: LabRecord) => quality.value;

/** Follows a search to its end with a model of the loss. */
function follow(search: CodecSearch, lossOf: (spec: CodecSpec) => number | undefined) {
  const records = new Map<string, LabRecord>();
  const asked: CodecSpec[] = [];
  for (let spec = search.next(records); spec; spec = search.next(records)) {
    asked.push(spec);
    expect(asked.length).toBeLessThan(40);
    const loss = lossOf(spec);
    if (loss !== undefined) records.set(formatCodec(spec), recordOf(spec, loss, 1000 * bitsOf(spec)));
  }
  return { asked, records };
}
const bitsOf = (spec: CodecSpec) => Number(spec.options.bits);
const options = {
  recipe: allocatedGrid(0.1),
  start: 5,
  tolerance: 0.03,
  maxMeasurements: 8,
  limitShare: value,
};

test.each([2.6, 3.47, 4.99, 5.6, 7.2])(
  'finds the smallest target that passes, from %f bits on',
  (threshold) => {
    // A law of its own slope, and an interval that does not shrink with the bits.
    const { records } = follow(
      stages([new BitsStage(options)]),
      (spec) => 0.2 + 0.8 * 4 ** (threshold - bitsOf(spec)),
    );
    const best = smallestPassing(records.values(), value)!;
    const bits = best.size.totalBytes / 1000;
    expect(bits).toBeGreaterThanOrEqual(threshold);
    expect(bits).toBeLessThan(threshold + 0.06);
  },
);

test('a codec that cannot be measured fails, and a search that never passes ends', () => {
  const { asked, records } = follow(stages([new BitsStage(options)]), () => undefined);
  expect(asked).toHaveLength(options.maxMeasurements);
  expect(smallestPassing(records.values(), value)).toBeUndefined();
});

test('a better recipe at the same target is followed further down', () => {
  const least = (spec: CodecSpec) => (spec.options.damping === 0.3 ? 3.8 : 4);
  const first = new BitsStage(options);
  const refine = new RefineStage(first, [allocatedGrid(0.3), allocatedGrid(0.03)], {
    ...options,
    maxMeasurements: 5,
  });
  const { records } = follow(stages([first, refine]), (spec) => 4 ** (least(spec) - bitsOf(spec)));
  const best = smallestPassing(records.values(), value)!;
  expect(best.codec.spec).toContain('damping=0.3');
  expect(best.size.totalBytes).toBeLessThan(3870);
});

test('a ladder is bisected to its first rung that passes', () => {
  for (const first of [0, 7, PLAIN.length - 1]) {
    const { asked, records } = follow(stages([new LadderStage(PLAIN, value)]), (spec) =>
      PLAIN.indexOf(formatCodec(spec)) >= first ? 0.5 : 2,
    );
    expect(asked.length).toBeLessThanOrEqual(5);
    expect([...records.values()].filter((r) => value(r) <= 1).map(({ codec }) => codec.spec)).toContain(
      PLAIN[first],
    );
  }
});

test('bounds: the upper end for perplexity, points lost for accuracy', () => {
  const record = recordOf({ id: 'float16', options: {} }, 1);
  const text = {
    ...record,
    quality: { ...record.quality, deltaPercentCi95: [0.2, 0.99] as [number, number] },
  };
  expect([lossOf(text).high, lossOutcome(text), limitShare(text, 1)]).toEqual([0.99, 'holds', 0.99]);
  const quality = { ...record.quality, task: 'image-accuracy' as const, deltaPercent: -0.3 };
  const block = { correct: 1994, baselineCorrect: 2000, images: 2000, gained: 14, lost: 20, bits: '' };
  const images = {
    ...record,
    samples: [block],
    quality: { ...quality, deltaPercentCi95: [-0.9, 0.3] as [number, number] },
  };
  expect([lossOf(images).high, lossOutcome(images)]).toEqual([0.9, 'unsure']);
  // 34 of 2,000 change: 0.3 + 1.96 · 100 · √(0.017 ÷ 10,000) = 0.556 points of 0.5.
  expect(limitShare(images, 10_000)).toBeCloseTo(0.5556 / 0.5, 3);
});

test('searches on development data, reports on the rest', () => {
  const plan = namedPlans.get('frontier')!;
  const plans = plan.plans({
    names: EMBEDDED_NAMES,
    overrides: { model: 'gpt2-tinystories', windows: '40' },
  });
  expect(plans.map(({ data, protocol }) => [data, protocol.windows])).toEqual([
    ['tinystories-development', 40],
    ['tinystories-final', undefined],
  ]);
  for (const { scope, calibration } of plans)
    expect([scope, calibration?.data]).toEqual(['all', 'tinystories-calibration']);
});
