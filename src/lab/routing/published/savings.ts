/** What the published savings estimate is computed from. */
export interface SavingsAssumptions {
  requestsPerDay: number;
  dollarsPerRequest: number;
  /** Assumed share of requests that a smaller model answers, 0 … 1. */
  optimisationRate: number;
}

/** The example that Sparse published. */
export const EXAMPLE_ASSUMPTIONS: SavingsAssumptions = {
  requestsPerDay: 1e6,
  dollarsPerRequest: 0.002,
  optimisationRate: 0.3,
};

/** What stands above every figure of this folder. */
export const ASSUMPTIONS_NOTE =
  'Arithmetic of Sparse (revision d86b27b) on assumptions: quality, latency, speed and savings below are not measured.';

/** Assumed share of the price that such a request saves. */
export const ASSUMED_SAVING = 0.3;

/** The savings that follow from the assumptions, in dollars. */
export interface AssumedSavings {
  annualDollars: number;
  savedAnnually: number;
  savedMonthly: number;
  /** Saved share of the annual cost. It is the product of two assumptions: the optimisation rate and `ASSUMED_SAVING`. */
  savedShare: number;
}

/** Estimates savings as Sparse does. Nothing in it is measured: it multiplies what one assumes. */
export function assumedSavings({
  requestsPerDay,
  dollarsPerRequest,
  optimisationRate,
}: SavingsAssumptions): AssumedSavings {
  const annualDollars = requestsPerDay * 365 * dollarsPerRequest;
  const savedShare = optimisationRate * ASSUMED_SAVING;
  const savedAnnually = annualDollars * savedShare;
  return { annualDollars, savedAnnually, savedMonthly: savedAnnually / 12, savedShare };
}
