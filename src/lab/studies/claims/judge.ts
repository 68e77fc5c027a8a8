import type { TableFigure } from '../../../base/figure';
import type { ClaimVerdict, Judgement } from './claim';

/**
 * Judges a claim by our figure. Of a figure with an interval the whole interval must lie within a bound, or beyond it; a bound inside the
 * interval is not decided.
 * @param figures those of the evidence, in its order
 * @throws RangeError if a figure that decides is not a number
 */
export function judge(judgement: Judgement, figures: readonly TableFigure[]): ClaimVerdict {
  if ('verdict' in judgement) return judgement.verdict;
  const [figure] = figures;
  if (!figure) return 'out of reach';
  const deciding = 'rising' in judgement ? figures : [figure];
  if (deciding.some(({ value }) => Number.isNaN(value)))
    throw new RangeError(`"${figure.text}" decides nothing, since it is not a number.`);
  if ('rising' in judgement)
    return figures.slice(1).every(({ value }, i) => value > figures[i].value) ? 'reproduced' : 'refuted';
  const [low, high] = figure.ci95 ?? [figure.value, figure.value];
  if ('claimed' in judgement) {
    const { claimed, within } = judgement;
    const isEqual = Math.abs(figure.value - claimed) <= within * Math.abs(claimed);
    return isEqual || (low <= claimed && claimed <= high) ? 'reproduced' : 'refuted';
  }
  const [holds, fails] =
    'atMost' in judgement
      ? [high <= judgement.atMost, low > judgement.atMost]
      : [low >= judgement.atLeast, high < judgement.atLeast];
  if (holds) return 'reproduced';
  return fails ? 'refuted' : 'not comparable';
}

/** Says what a figure must be for its claim to hold, in units of the figure; undefined if no figure decides. */
export function judgementText(judgement: Judgement): string | undefined {
  if ('verdict' in judgement) return undefined;
  if ('rising' in judgement) return 'each above the one before';
  if ('claimed' in judgement)
    return judgement.within === 0 ? 'equal' : `within ${shortText(100 * judgement.within)} %`;
  return 'atMost' in judgement
    ? `at most ${shortText(judgement.atMost)}`
    : `at least ${shortText(judgement.atLeast)}`;
}

/** Writes a number that a person chose, without zeros at its end. */
function shortText(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
