import type { Evidence } from './evidence';

/** The public projects whose figures the ledger holds. */
export const SYSTEMS = {
  quantoniumos: { name: 'QuantoniumOS', url: 'https://github.com/mandcony/quantoniumos' },
  sparse: { name: 'Sparse', url: 'https://github.com/gagansuie/sparse' },
  t81lib: { name: 't81lib', url: 'https://github.com/t81dev/t81lib' },
  arrowquant: { name: 'ArrowQuant V2', url: 'https://github.com/pallasting/ArrowQuant_V2' },
  tenpak: { name: 'Tenpak', url: 'https://github.com/gagansuie/sparse' },
} as const;

export type SystemId = keyof typeof SYSTEMS;

/** What is known about a published figure. The first two are decided here, the others are not. */
export const VERDICTS = ['reproduced', 'refuted', 'not comparable', 'out of reach'] as const;
export type ClaimVerdict = (typeof VERDICTS)[number];

/**
 * How a claim is judged by the first figure of its evidence: equal to what was claimed within a relative tolerance (or with the claimed
 * value inside the figure's interval), at most or at least a bound, or not by a figure at all. A trend is judged by all figures, which
 * must rise in their order.
 */
export type Judgement =
  | { claimed: number; within: number }
  | { atMost: number }
  | { atLeast: number }
  | { rising: true }
  | { verdict: 'not comparable' | 'out of reach' };

/** A figure that a project published. */
export interface Claim {
  /** The figure as it was printed, with its unit. */
  claim: string;
  /** The file of the project's repository in which it stands. */
  source: string;
  /** The model, data and rule of measuring behind it, as far as the project says. */
  protocol: string;
  /** The command or named plan that tests it here. */
  test: string;
  evidence: readonly Evidence[];
  judge: Judgement;
  /** Why the verdict is what it is; for claims out of reach, what deciding them needs. */
  why: string;
}
