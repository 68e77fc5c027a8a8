import type { MatrixShape } from '../../../../contract/codec';
import type { CodecSpec } from '../../../../contract/meta';
import { partBytes, partLayouts } from '../../../../contract/parts';
import { codecSpec } from '../../../../contract/spec';
import { int4Layout, int4Parts } from '../../../../kit/tenpak/int4/layout';

interface Tier {
  /** The tier holds tensors whose sensitivity exceeds this. */
  above: number;
  group: string;
  residual: 'none' | 'int4' | 'int2';
}

/** The tiers, which were published in two forms: in the experiment log (`seed`) and in the code. */
const TIERS = {
  seed: [
    { above: 0.5, group: '8', residual: 'int4' },
    { above: 0.2, group: '16', residual: 'int4' },
    { above: 0.05, group: '32', residual: 'int2' },
    { above: -Infinity, group: '64', residual: 'int2' },
  ],
  code: [
    { above: 0.5, group: '8', residual: 'int4' },
    { above: 0.3, group: '32', residual: 'int2' },
    { above: 0.1, group: '128', residual: 'none' },
    { above: -Infinity, group: '256', residual: 'none' },
  ],
} as const satisfies Readonly<Record<string, readonly Tier[]>>;

export type TierTable = keyof typeof TIERS;

/** Finds the index of the tier for a sensitivity in [0, 1]. */
export function tierOf(table: TierTable, sensitivity: number): number {
  return TIERS[table].findIndex(({ above }) => sensitivity > above);
}

/** Returns the published codec of a tier. */
export function tierSpec(table: TierTable, tier: number): CodecSpec {
  const { group, residual } = TIERS[table][tier];
  return int4Spec({ mode: 'faithful', group, residual });
}

export function int4Spec(given: { mode: string; group: string; residual: string }): CodecSpec {
  return codecSpec('tenpak-int4', { method: 'tier', ...given });
}

/** Computes the stored bytes of a matrix in the published codec of a tier, with every byte of metadata. */
export function tierBytes(shape: MatrixShape, table: TierTable, tier: number): number {
  const { group, residual } = TIERS[table][tier];
  const layout = int4Layout(shape, { method: 'tier', mode: 'faithful', group, residual });
  return partLayouts(int4Parts(layout)).reduce((sum, part) => sum + partBytes(part), 0);
}
