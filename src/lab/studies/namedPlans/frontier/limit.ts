import { checkLimits, lossOf, type LimitOutcome } from '../../../results/limits';
import type { LabRecord } from '../../../results/record';

/** Per cent of perplexity, or points of accuracy, that the upper 95 % bound of the loss must stay under. */
export const LOSS_LIMITS: Readonly<Record<LabRecord['quality']['task'], number>> = {
  perplexity: 1,
  'image-accuracy': 0.5,
};

/** Share of the limit that the search aims at. Among several codecs, one that passes narrowly has partly passed by chance. */
export const AIM = 0.9;
/** The share of changed answers that counts as lost, even if the development images show less. */
const LOST_SHARE = 0.1;

/** Says whether the upper bound of the loss is within the limit. */
export function lossOutcome(record: LabRecord): LimitOutcome {
  return checkLimits(record, { increase: LOSS_LIMITS[record.quality.task] }).outcome;
}

/**
 * Returns the loss that a search goes by, as a share of the limit. For texts it is the upper bound. For images it is
 * the bound expected on `finalImages` images, since the development images are too few: the loss seen, but at least a
 * tenth of the share of changed answers (p gained + p lost), plus 1.96·√(share ÷ images).
 */
export function limitShare(record: LabRecord, finalImages: number): number {
  const { task } = record.quality;
  if (task === 'perplexity') return lossOf(record).high / LOSS_LIMITS[task];
  const changed = flips(record);
  const lost = Math.max(-record.quality.deltaPercent / 100, LOST_SHARE * changed);
  return (100 * (lost + 1.96 * Math.sqrt(changed / finalImages))) / LOSS_LIMITS[task];
}

/** The share of images that only the codec or only the baseline gets right. */
function flips({ samples }: LabRecord): number {
  let [changed, images] = [0, 0];
  for (const sample of samples)
    if ('gained' in sample) {
      changed += sample.gained + sample.lost;
      images += sample.images;
    }
  // At least one image counts, since no change among few images does not mean none among many.
  return Math.max(1, changed) / Math.max(1, images);
}
