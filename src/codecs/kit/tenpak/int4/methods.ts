import type { Quantiser } from './ranges';

/** Positions of each end that the clip search tries: 0 … 11 64ths of the range. */
export const SEARCH_STEPS = 12;

/** A method of the family: what is done to a tensor, and which bytes are written. */
export interface Method {
  codes: Quantiser;
  /** A second quantiser of what the first leaves over, in the same groups. */
  residual?: Quantiser;
  /** `hadamard` transforms blocks of 256, `mask` doubles important columns, `enlarge` multiplies everything by 1.5. */
  transform?: 'hadamard' | 'mask' | 'enlarge';
  /** `group` is its size as u16; `outliers` is flags u8, group u16, count u32, then indices and values. */
  header?: 'group' | 'outliers';
  /** The published reader takes the residual's parts in another order than its writer stores them. */
  misread?: true;
}

/** The published constants of a method. */
interface Constants {
  /** 0 where the option decides. */
  group: number;
  rounds: number;
  eta: number;
  weighting?: Quantiser['weighting'];
  residual?: boolean;
  transform?: Method['transform'];
  header?: Method['header'];
}

/** The methods. Where the source states no rounds and η of a hybrid, they are the usual ones of the family. */
const CONSTANTS = {
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
} as const satisfies Readonly<Record<string, Constants>>;

type MethodName = keyof typeof CONSTANTS;

export const METHODS = Object.keys(CONSTANTS) as MethodName[];

/** The options of tenpak-int4. */
export interface Int4Options {
  method: MethodName;
  mode: 'faithful' | 'corrected';
  /** The group size where the method leaves it to role or tier. */
  group: string;
  /** The residual of method `tier`. */
  residual: 'none' | 'int4' | 'int2';
}

/** Returns the method that options name, with the group and residual that its role or tier decides. */
export function methodOf(options: Int4Options): Method {
  const { method: name, mode, group: chosen } = options;
  const { eta, weighting, transform, header, ...constants }: Constants = CONSTANTS[name];
  const group = constants.group || Number(chosen);
  const corrected = mode === 'corrected';
  const codes: Quantiser = {
    group,
    bits: 4,
    rounds: name === 'int4_mixed_v1' ? (group <= 64 ? 5 : 7) : constants.rounds,
    eta,
    weighting: weighting ?? 'extremes',
    stored: corrected ? 'nearest' : 'truncated',
    steps: corrected ? SEARCH_STEPS : 0,
  };
  const residualBits = constants.residual ? 2 : bitsOfResidual(options, group);
  return {
    codes,
    ...(residualBits && { residual: { ...codes, bits: residualBits, rounds: 0, weighting: 'extremes' } }),
    // ×1.5 changes nothing but the rounding of the ranges: the corrected form leaves it out.
    ...(transform && !(corrected && transform === 'enlarge') && { transform }),
    ...(header && { header }),
    ...(name === 'int4_hybrid_v2' && !corrected && { misread: true }),
  };
}

function bitsOfResidual({ method, residual }: Int4Options, group: number): 2 | 4 | undefined {
  if (method === 'int4_hybrid_v1') return group === 64 ? 2 : undefined;
  if (method === 'int4_hybrid_v2') return group <= 32 ? 2 : undefined;
  if (method !== 'tier' || residual === 'none') return undefined;
  return residual === 'int4' ? 4 : 2;
}
