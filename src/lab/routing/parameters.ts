import { badPlan, quote } from '../plan/parameters';

/** The codec that a cascade is compared with by default: plain rounding with few losses. */
export const DEFAULT_SINGLE_CODEC = 'rtn(bits=8,group=row)';

const MAX_INCREASE = 1000;

/**
 * Reads the wanted quality: the largest increase of the perplexity over that of the large variant, in per cent.
 * @param name how the author spelled it, for the error
 * @throws LabError bad-plan
 */
export function parseMaxIncrease(text: string, name: string): number {
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  if (value <= MAX_INCREASE) return value;
  throw badPlan(
    `${name} cannot be ${quote(text)}.`,
    `Write per cent from 0 to ${MAX_INCREASE}, such as 1 or 0.5.`,
  );
}
