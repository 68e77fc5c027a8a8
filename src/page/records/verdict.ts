import { fixed, withInterval } from '../../base/format';
import { MIN_DRAWS } from '../../lab/results/comparison';
import type { LabRecord, RecordVerdict } from '../../lab/results/record';

/** Sign and word of each outcome, so that colour alone never carries the meaning. */
export const OUTCOMES: Readonly<Record<RecordVerdict['outcome'], { sign: string; word: string }>> = {
  better: { sign: '▲', word: 'better' },
  worse: { sign: '▼', word: 'worse' },
  unsure: { sign: '≈', word: 'unsure' },
  'no-opponent': { sign: '·', word: 'no opponent' },
  'is-opponent': { sign: '=', word: 'is opponent' },
};

/** Describes the comparison in one or two sentences: opponent, difference with interval, and sizes. */
export function verdictSentence({ verdict, quality }: LabRecord): string {
  if (!verdict) return 'No opponent has been measured for this record.';
  const { opponent, slack, outcome, difference, ci95 } = verdict;
  if (outcome === 'no-opponent' || opponent === null)
    return 'No plain rounding fits in so few bytes, so there is nothing to compare with.';
  if (outcome === 'is-opponent') return 'This is itself the best plain rounding at its size.';
  const size =
    slack === null ? '' : ` The opponent’s file has ${fixed(100 * slack, 1)} % of this one’s bytes.`;
  if (difference === null || ci95 === null) return `Compared with ${opponent}.${size}`;
  const { value, interval } = withInterval(difference, ci95);
  const unit = quality.task === 'perplexity' ? 'nats per token' : 'points of accuracy';
  return `Against ${opponent}: ${value} ${interval} ${unit}; below zero favours this codec.${size}${drawsText(verdict)}`;
}

/** Returns a sentence about the calibration draws behind the outcome; it is empty for codecs without calibration. */
function drawsText({ draws }: RecordVerdict): string {
  if (draws === undefined) return '';
  return draws < MIN_DRAWS
    ? ' This holds for one calibration sample; other calibration windows may give another outcome.'
    : ` The interval includes the variance over ${draws} draws of calibration windows.`;
}
