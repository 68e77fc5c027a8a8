import type { CodecOptions } from '../../../contract/meta';
import type { Quantiser } from './ranges';

/** Positions per end of the clip search: 0 … 11 64ths. */
export const SEARCH_STEPS = 12;

/** One row of the family: what is done to a tensor, and which bytes are written. */
export interface Method {
  codes: Quantiser;
  /** A second quantiser for what the first leaves over, in the same groups. */
  residual?: Quantiser;
  /** `hadamard` blocks of 256; `mask` doubles important columns; `enlarge` multiplies everything by 1.5. */
  transform?: 'hadamard' | 'mask' | 'enlarge';
  /** `group`: its size as u16; `outliers`: flags u8, group u16, count u32, then indices and values. */
  header?: 'group' | 'outliers';
  /** The published reader takes the residual's parts in another order than the writer wrote them. */
  misread?: true;
}

interface Row {
  /** 0: the option decides. */
  group: number;
  rounds: number;
  eta: number;
  weighting?: Quantiser['weighting'];
  residual?: boolean;
  transform?: Method['transform'];
  header?: Method['header'];
}

/** Published constants. Rounds and η of the hybrids are the family's usual ones where the source states none. */
const ROWS: Readonly<Record<string, Row>> = {
  int4_opt_llama_v1: { group: 8, rounds: 5, eta: 0.5 },
  int4_opt_v1: { group: 16, rounds: 3, eta: 0.5 },
  int4_residual_v1: { group: 16, rounds: 5, eta: 0.5, residual: true },
  int4_calibrated_v1: { group: 128, rounds: 5, eta: 0.5, residual: true, transform: 'mask' },
  int4_spin_v1: { group: 256, rounds: 5, eta: 0.5, transform: 'hadamard' },
  int4_10x_v1: { group: 256, rounds: 7, eta: 0.4 },
  int4_mixed_v1: { group: 0, rounds: 0, eta: 0.5, header: 'group' },
  int4_hybrid_v1: { group: 0, rounds: 7, eta: 0.5, transform: 'hadamard', header: 'group' },
  int4_hybrid_v2: { group: 0, rounds: 5, eta: 0.5 },
  int4_awq_10x_v1: { group: 128, rounds: 7, eta: 0.4, transform: 'enlarge' },
  int4_gptq_lite_v1: { group: 64, rounds: 10, eta: 0.3, weighting: 'absolute' },
  int4_ultimate_v1: { group: 0, rounds: 10, eta: 0.5, weighting: 'square', header: 'outliers' },
  tier: { group: 0, rounds: 0, eta: 0.5 },
};

export const METHODS = Object.keys(ROWS);

/** The method that options name, with the group and residual that its role or tier decides. */
export function methodOf(options: CodecOptions): Method {
  const name = String(options.method);
  const row = ROWS[name];
  const group = row.group || Number(options.group);
  const corrected = options.mode === 'corrected';
  const codes: Quantiser = {
    group,
    bits: 4,
    rounds: name === 'int4_mixed_v1' ? (group <= 64 ? 5 : 7) : row.rounds,
    eta: row.eta,
    weighting: row.weighting ?? 'extremes',
    stored: corrected ? 'nearest' : 'truncated',
    steps: corrected ? SEARCH_STEPS : 0,
  };
  const residualBits = residualOf(row, name, group, options);
  return {
    codes,
    ...(residualBits && { residual: { ...codes, bits: residualBits, rounds: 0, weighting: 'extremes' } }),
    // ×1.5 changes nothing but the rounding of the ranges: the corrected form leaves it out.
    ...(row.transform && !(corrected && row.transform === 'enlarge') && { transform: row.transform }),
    ...(row.header && { header: row.header }),
    ...(name === 'int4_hybrid_v2' && !corrected && { misread: true }),
  };
}

function residualOf(row: Row, name: string, group: number, options: CodecOptions): 2 | 4 | undefined {
  if (row.residual) return 2;
  if (name === 'int4_hybrid_v1') return group === 64 ? 2 : undefined;
  if (name === 'int4_hybrid_v2') return group <= 32 ? 2 : undefined;
  if (name !== 'tier' || options.residual === 'none') return undefined;
  return options.residual === 'int4' ? 4 : 2;
}
