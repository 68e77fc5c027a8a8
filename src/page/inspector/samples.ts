import type { LabRecord, RecordSample } from '../../lab/results/record';

/** A sample of the paired comparison: the codec's value minus that of the baseline. */
export interface Difference {
  value: number;
  label: string;
}

type TextSample = Extract<RecordSample, { tokens: number }>;

/**
 * Returns the change of each sample: mean loss in nats per token for a window, accuracy in percentage points for a
 * block of images.
 */
export function differences({ samples }: LabRecord): Difference[] {
  return samples.map((sample, i) => {
    if (isText(sample)) {
      const value = (sample.nll - sample.baselineNll) / sample.tokens;
      return { value, label: `window ${i + 1}: ${value.toPrecision(3)} nats per token` };
    }
    const value = (100 * (sample.correct - sample.baselineCorrect)) / sample.images;
    return { value, label: `images ${i + 1}: ${value.toPrecision(3)} points` };
  });
}

function isText(sample: RecordSample): sample is TextSample {
  return 'tokens' in sample;
}

/** Assigns neighbouring positions to different rows so that no dot hides another. */
export function assignRows(positions: readonly number[], width: number, rowCount: number): number[] {
  const ends = new Array<number>(rowCount).fill(-Infinity);
  const order = [...positions.keys()].sort((a, b) => positions[a] - positions[b]);
  const row = new Array<number>(positions.length).fill(0);
  for (const i of order) {
    const free = ends.findIndex((end) => positions[i] - end >= width);
    row[i] = free >= 0 ? free : ends.indexOf(Math.min(...ends));
    ends[row[i]] = positions[i];
  }
  return row;
}
