import type { TableFigure } from '../../../base/figure';
import { VERDICTS, type Claim, type ClaimVerdict, type SystemId } from './claim';
import type { ReadFile } from './evidence';
import { judge, judgementText } from './judge';
import { ARROWQUANT } from './systems/arrowquant';
import { QUANTONIUMOS } from './systems/quantoniumos';
import { SPARSE } from './systems/sparse';
import { T81LIB } from './systems/t81lib';
import { TENPAK } from './systems/tenpak';

/** A claim with the system that made it. */
export type SystemClaim = Claim & { system: SystemId };

const BY_SYSTEM: Readonly<Record<SystemId, readonly Claim[]>> = {
  quantoniumos: QUANTONIUMOS,
  sparse: SPARSE,
  t81lib: T81LIB,
  arrowquant: ARROWQUANT,
  tenpak: TENPAK,
};

/** Every claim of the ledger, by system. */
export const CLAIMS: readonly SystemClaim[] = (Object.keys(BY_SYSTEM) as SystemId[]).flatMap((system) =>
  BY_SYSTEM[system].map((claim) => ({ ...claim, system })),
);

/** A figure of ours as the ledger shows it. */
interface ShownFigure {
  label: string;
  text: string;
  /** The committed file it was read from; absent if it was computed. */
  from?: string;
}

/** A claim with our figures and the verdict, as it is published. */
export interface LedgerRow {
  system: SystemId;
  claim: string;
  source: string;
  protocol: string;
  test: string;
  ours: readonly ShownFigure[];
  verdict: ClaimVerdict;
  /** What the first of our figures must be for the claim to hold, such as "within 5 %"; absent if no figure decides. */
  rule?: string;
  why: string;
}

/** Reads or computes the evidence of claims and judges them. @throws LabError bad-file naming evidence that is missing */
export async function ledgerRows(claims: readonly SystemClaim[], read: ReadFile): Promise<LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (const { evidence, judge: judgement, ...claim } of claims) {
    const figures: TableFigure[] = [];
    for (const each of evidence) figures.push(await each.figure(read));
    const rule = judgementText(judgement);
    rows.push({
      ...claim,
      ours: evidence.map(({ label, from }, i) => ({ label, text: figures[i].text, ...(from && { from }) })),
      verdict: judge(judgement, figures),
      ...(rule !== undefined && { rule }),
    });
  }
  return rows;
}

/** Whether a verdict decides a claim. */
export function isVerified(verdict: ClaimVerdict): boolean {
  return verdict === 'reproduced' || verdict === 'refuted';
}

/** Counts rows by verdict, in the order of the verdicts. */
export function verdictCounts(rows: readonly Pick<LedgerRow, 'verdict'>[]): [ClaimVerdict, number][] {
  return VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]);
}
