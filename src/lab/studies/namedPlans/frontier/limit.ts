import type { LabRecord } from '../../../results/record';

/** Per cent of perplexity, or points of accuracy, that the upper 95 % bound of the loss must stay under. */
export const LOSS_LIMITS: Readonly<Record<LabRecord['quality']['task'], number>> = {
  perplexity: 1,
  'image-accuracy': 0.5,
};

/** The search aims below the limit: what passes narrowly among several has passed by luck in part. */
export const AIM = 0.9;
/** Share of the answers that change which is taken as lost where the development images show less. */
const LOST_SHARE = 0.1;

/** Upper 95 % bound of the loss: per cent of perplexity, or points of accuracy lost. */
export function upperBound({ quality }: LabRecord): number {
  return quality.task === 'perplexity' ? quality.deltaPercentCi95[1] : -quality.deltaPercentCi95[0];
}

export function holds(record: LabRecord): boolean {
  return upperBound(record) < LOSS_LIMITS[record.quality.task];
}

/**
 * What a search goes by, as a share of the limit. Texts: the bound itself. Images: the bound to expect on `finalImages`
 * images, since the development images are too few for it: from the share of answers that change (p gained + p lost),
 * the loss seen, though at least a tenth of that share, plus 1.96·√(share ÷ images).
 */
export function limitShare(record: LabRecord, finalImages: number): number {
  const { task } = record.quality;
  if (task === 'perplexity') return upperBound(record) / LOSS_LIMITS[task];
  const changed = flips(record);
  const lost = Math.max(-record.quality.deltaPercent / 100, LOST_SHARE * changed);
  return (100 * (lost + 1.96 * Math.sqrt(changed / finalImages))) / LOSS_LIMITS[task];
}

/** Share of the images only the codec, or only the baseline, gets right. */
function flips({ samples }: LabRecord): number {
  let [changed, images] = [0, 0];
  for (const sample of samples)
    if ('gained' in sample) {
      changed += sample.gained + sample.lost;
      images += sample.images;
    }
  // One image at least: none among few is not none among many.
  return Math.max(1, changed) / Math.max(1, images);
}
