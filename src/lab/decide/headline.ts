import { bytes, significant } from '../../base/format';
import { lossOf } from '../results/limits';
import { fileBytes, type LabRecord } from '../results/record';
import type { Decision, DecisionCandidate } from './decide';
import { namedFigure, reasonText, type Phrase } from './text';

/** The short answer to a limit of the loss. */
export interface Headline {
  sentence: readonly Phrase[];
  /** The record that the sentence is about. */
  record: LabRecord;
}

const UNLIMITED = 'Without a limit of the loss';

/** Plain rounding, with which verdicts compare. */
const PLAIN = 'rtn';

/**
 * Answers a decision about one limit, that of the loss: the smallest file that holds it with 95 % confidence, beside the smallest of
 * plain rounding. Where none holds, it names the smallest that may, or what comes nearest.
 * @returns undefined if there is no codec to decide between
 */
export function headline({ request, holding, rejected }: Decision): Headline | undefined {
  const all = [...holding, ...rejected];
  if (all.length === 0) return undefined;
  const within = withinText(request.limits.increase, all[0].record.quality.task);
  const [best] = holding;
  if (best) return { record: best.record, sentence: [...claim(within, best.record), plainNote(best, all)] };
  const likely = smallestLikely(rejected);
  const { record } = likely ?? rejected[0];
  const reason = reasonText(likely ?? rejected[0]);
  return likely
    ? { record, sentence: [...perhaps(within, record), ` Not certain: ${reason}.`] }
    : {
        record,
        sentence: [
          `Nothing measured stays ${lowerFirst(within)}. `,
          { codec: record.codec.spec },
          ` comes nearest: ${sizeText(record)}, ${reason}.`,
        ],
      };
}

/** Says what a limit of the loss allows: "Within +1 % perplexity", "Within 1 point of accuracy". */
function withinText(limit: number | undefined, task: LabRecord['quality']['task']): string {
  if (limit === undefined) return UNLIMITED;
  if (task === 'perplexity') return `Within +${limit} % perplexity`;
  return `Within ${limit} ${limit === 1 ? 'point' : 'points'} of accuracy`;
}

function claim(within: string, record: LabRecord): Phrase[] {
  const loss = namedFigure('increase', lossOf(record), record.quality.task);
  const sure = within === UNLIMITED ? '' : ' with 95 % confidence';
  return [`${within}${sure}: ${sizeText(record)}, by `, { codec: record.codec.spec }, ` (${loss})`];
}

function perhaps(within: string, record: LabRecord): Phrase[] {
  return [`Perhaps ${lowerFirst(within)}: ${sizeText(record)}, by `, { codec: record.codec.spec }, '.'];
}

/** Says what plain rounding needs for the same limit, the end of the sentence. */
function plainNote(best: DecisionCandidate, all: readonly DecisionCandidate[]): string {
  const plain = all.filter(({ record }) => record.codec.id === PLAIN);
  if (plain.includes(best)) return ', which is plain rounding; nothing else measured is smaller.';
  const holding = plain.find(({ report }) => report.outcome === 'holds');
  if (holding)
    return `; the smallest plain rounding measured within it takes ${bytes(fileBytes(holding.record))} (${ratioText(holding.record)}).`;
  return plain.length > 0 ? '; no plain rounding measured does.' : '.';
}

/** Returns the smallest candidate whose figure is within the limit, but not with 95 % confidence. */
function smallestLikely(rejected: readonly DecisionCandidate[]): DecisionCandidate | undefined {
  const likely = rejected.filter(
    ({ report }) =>
      report.outcome === 'unsure' &&
      report.checks.every(({ figure, allowed }) => !('missing' in figure) && figure.value <= allowed),
  );
  return likely.sort((a, b) => fileBytes(a.record) - fileBytes(b.record))[0];
}

function sizeText(record: LabRecord): string {
  return `${bytes(fileBytes(record))}, ${ratioText(record)} smaller than float32`;
}

function ratioText({ size }: LabRecord): string {
  return `${significant(size.ratioFloat32, 2)}×`;
}

function lowerFirst(text: string): string {
  return text[0].toLowerCase() + text.slice(1);
}
