import { useMemo } from 'react';
import { useValues } from '../app/usePage';
import { requestOf } from '../decide/draft';

/**
 * Returns the limit of the loss that the answer, the chart and the table share, in per cent of perplexity or points of accuracy;
 * undefined if there is none, or the decision of the address cannot be read.
 */
export function useQualityLimit(): number | undefined {
  const values = useValues('decide');
  return useMemo(() => {
    const parsed = requestOf(values);
    return 'request' in parsed ? parsed.request.limits.increase : undefined;
  }, [values]);
}
