import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';

/** Weights that share two codebooks. */
export const GROUP = 128;
/** Entries of each of the two codebooks. */
export const ENTRIES = 4;

const ROUNDS = { faithful: 5, corrected: 12 };

/** Everything the codec needs to know of one matrix. */
export interface AdditiveLayout {
  elements: number;
  groups: number;
  rounds: number;
  faithful: boolean;
}

/** W is flattened row by row: groups run on across rows. */
export function additiveLayout(shape: MatrixShape, options: CodecOptions): AdditiveLayout {
  const elements = shape[0] * shape[1];
  const faithful = options.mode === 'faithful';
  const rounds = ROUNDS[faithful ? 'faithful' : 'corrected'];
  return { elements, groups: Math.ceil(elements / GROUP), rounds, faithful };
}

/**
 * `codes` U8 [⌈n/2⌉]: byte = q1 + 4·q2 + 16·q1' + 64·q2' of two weights. `codebooks` F16 [groups, 2, 4]. No header.
 */
export function additiveParts({ elements, groups }: AdditiveLayout): PartLayout[] {
  return [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [Math.ceil(elements / 2)], unpadded: true },
    { suffix: 'codebooks', kind: 'codebooks', dtype: 'F16', shape: [groups, 2, ENTRIES] },
  ];
}
