import type { FileTrial } from '../../../contract/assigner';

/** A file that might be made: its bytes, and the predicted rise of its loss in nats or in any unit proportional to that. */
interface Candidate {
  bytes: number;
  distortion: number;
}

/** What was measured of a candidate. */
export interface TriedFile {
  index: number;
  trial: FileTrial;
}

/** The most files that are made and measured. */
export const MAX_FILES = 8;
/** The difference of the bytes of a file that holds and of one that does not at which the search ends. */
const TOLERANCE = 0.003;
/** The share of the limit that the first prediction aims at. */
const FIRST_AIM = 0.7;
/** How far from a measured file the next one may be, as the logarithm of a factor of the predicted loss. */
const FARTHEST = Math.log(8);
/** If so many files in turn lose too much, the largest is measured, which says whether any holds. */
const PATIENCE = 4;
/** The next file lies between the two nearest by at least this share of their distance. */
const INSIDE = 0.15;

/** Whether the upper 95 % bound of the loss of a file is within the limit. */
function holds({ lossCi95 }: FileTrial, limit: number): boolean {
  return lossCi95[1] <= limit;
}

/**
 * Looks for the smallest of some files whose measured loss stays within a limit, by false position on the logarithm of the predicted
 * loss, to which the measured one is nearly proportional.
 * @param candidates by rising bytes and falling distortion
 * @param limit per cent of perplexity, or points of accuracy
 * @param measure makes the file of a candidate and measures it
 * @returns everything that was measured, in that order
 */
export async function searchWithin(
  candidates: readonly Candidate[],
  limit: number,
  measure: (index: number) => Promise<FileTrial>,
): Promise<TriedFile[]> {
  const tried: TriedFile[] = [];
  while (tried.length < MAX_FILES) {
    const index = nextIndex(candidates, tried, limit);
    if (index === undefined) break;
    tried.push({ index, trial: await measure(index) });
  }
  return tried;
}

/** Returns the smallest file that holds. */
export function smallestWithin(tried: readonly TriedFile[], limit: number): TriedFile | undefined {
  return tried.filter(({ trial }) => holds(trial, limit)).sort((a, b) => a.index - b.index)[0];
}

/** Returns the candidate to measure next, or undefined when the search is over. */
function nextIndex(
  candidates: readonly Candidate[],
  tried: readonly TriedFile[],
  limit: number,
): number | undefined {
  const passing = smallestWithin(tried, limit);
  const high = passing?.index ?? candidates.length;
  const failing = tried
    .filter(({ index, trial }) => index < high && !holds(trial, limit))
    .sort((a, b) => b.index - a.index)[0];
  const low = failing?.index ?? -1;
  if (high - low <= 1) return undefined;
  if (!passing && tried.length >= PATIENCE) return candidates.length - 1;
  const range = passing && failing && candidates[high].bytes - candidates[low].bytes;
  if (range !== undefined && range <= TOLERANCE * candidates[high].bytes) return undefined;
  const wanted = wantedDistortion(candidates, passing, failing, limit);
  const index = candidates.findIndex(({ distortion }) => distortion <= wanted);
  return Math.min(high - 1, Math.max(low + 1, index < 0 ? candidates.length - 1 : index));
}

/** Returns the predicted loss at which the measured one should be the limit. */
function wantedDistortion(
  candidates: readonly Candidate[],
  passing: TriedFile | undefined,
  failing: TriedFile | undefined,
  limit: number,
): number {
  const predicted = ({ index }: TriedFile) => Math.max(candidates[index].distortion, Number.MIN_VALUE);
  // A bound below 0 has no logarithm; such a file is far within the limit.
  const excess = ({ trial }: TriedFile) =>
    Math.min(FARTHEST, Math.max(-FARTHEST, Math.log(Math.max(0, trial.lossCi95[1] / limit))));
  if (passing && failing) {
    const t = excess(failing) / (excess(failing) - excess(passing));
    const inside = Math.min(1 - INSIDE, Math.max(INSIDE, t));
    return predicted(failing) * (predicted(passing) / predicted(failing)) ** inside;
  }
  const only = passing ?? failing;
  return only ? predicted(only) * Math.exp(-excess(only)) : Math.log1p((FIRST_AIM * limit) / 100);
}
