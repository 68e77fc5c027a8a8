import type { GroupParameters } from './timeGroups';

/** A boundary between time groups at which the scale jumps by more than the threshold. */
interface Violation {
  /** Number of the group before the boundary. */
  boundary: number;
  scaleJump: number;
  zeroPointJump: number;
  severity: 'low' | 'medium' | 'high';
}

export interface MarkovValidation {
  valid: boolean;
  /** 1 for groups with equal parameters, down to 0. */
  score: number;
  violations: Violation[];
  /** Score of each boundary. Where one is cut at 0, `score` is not their mean. */
  boundaryScores: number[];
}

/** Threshold of the scale's jump in the published system. */
export const SCALE_JUMP_THRESHOLD = 0.3;
/** Jumps above these are of high and of medium severity; a low one is seen only under a threshold below the second. */
const HIGH = 0.5;
const MEDIUM = 0.3;
const CODE_RANGE = 255;

/**
 * The first phase of ArrowQuant V2, "Markov validation": scores how little scale and zero point change from group to group. The jump of the
 * zero point counts in the score but is never a violation. It changes nothing.
 * @param threshold relative jump of the scale above which a boundary is a violation
 */
export function validateTransitions(
  groups: readonly GroupParameters[],
  threshold = SCALE_JUMP_THRESHOLD,
): MarkovValidation {
  const jumps = groups.slice(1).map((right, i) => jumpsBetween(groups[i], right));
  const total = jumps.reduce((sum, { scaleJump, zeroPointJump }) => sum + scaleJump + zeroPointJump, 0);
  const violations = jumps.flatMap((jump, boundary) =>
    jump.scaleJump > threshold ? [{ boundary, ...jump, severity: severityOf(jump.scaleJump) }] : [],
  );
  return {
    valid: violations.length === 0,
    score: jumps.length === 0 ? 1 : 1 - Math.min(total / (2 * jumps.length), 1),
    violations,
    boundaryScores: jumps.map(
      ({ scaleJump, zeroPointJump }) => 1 - Math.min((scaleJump + zeroPointJump) / 2, 1),
    ),
  };
}

function jumpsBetween(left: GroupParameters, right: GroupParameters) {
  return {
    scaleJump: Math.abs(right.scale - left.scale) / left.scale,
    zeroPointJump: Math.abs(right.zeroPoint - left.zeroPoint) / CODE_RANGE,
  };
}

function severityOf(scaleJump: number): Violation['severity'] {
  if (scaleJump > HIGH) return 'high';
  return scaleJump > MEDIUM ? 'medium' : 'low';
}
