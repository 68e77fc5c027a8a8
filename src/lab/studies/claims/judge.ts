import type { TableFigure } from '../../../base/figure';
import type { ClaimVerdict, Judgement } from './claim';

/**
 * Judges a claim by our figure. Of a figure with an interval the whole interval must lie within a bound, or beyond it; a bound inside the
 * interval is not decided.
 * @param figures those of the evidence, in its order
 */
export function judge(judgement: Judgement, figures: readonly TableFigure[]): ClaimVerdict {
  if ('verdict' in judgement) return judgement.verdict;
  const [figure] = figures;
  if (!figure) return 'out of reach';
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
