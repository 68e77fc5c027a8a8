import { LabError } from '../../base/errors';

export type PartKind = 'codes' | 'scales' | 'codebooks' | 'tables' | 'float';

export type PartDtype = 'U8' | 'I8' | 'F16' | 'BF16' | 'F32' | 'U32' | 'I32';

/** One stored piece of a tensor: `<tensor>.<suffix>` in the artefact. */
export interface PartLayout {
  suffix: string;
  kind: PartKind;
  dtype: PartDtype;
  /** Exact; with `variable` the largest it can be, one-dimensional. */
  shape: readonly number[];
  /** Entropy-coded and the like: as long as the data wants, up to `shape`. Decoders check its content (`damaged`). */
  variable?: true;
  /** Present for some tensors only. */
  optional?: true;
  /** A published byte layout kept exactly: U8 without padding to 4 bytes. */
  unpadded?: true;
  /** How to read codes out of it, for entropy coders: `rows` bitstreams (`bits.ts`), each padded to 4 bytes. */
  symbols?: { rows: number; perRow: number; bits: number };
}

/** Little-endian bytes by suffix; lengths are exactly those of the layout. */
export type Parts = ReadonlyMap<string, Uint8Array>;

const DTYPE_BYTES: Record<PartDtype, number> = { U8: 1, I8: 1, F16: 2, BF16: 2, F32: 4, U32: 4, I32: 4 };

/** Bytes one stored part takes in the file; the most it can take if it is variable. */
export function partBytes(part: PartLayout): number {
  return part.shape.reduce((product, n) => product * n, DTYPE_BYTES[part.dtype]);
}

/** The error for stored bytes that cannot be what the codec wrote. */
export function damaged(name: string, problem: string): LabError {
  return new LabError(
    'bad-file',
    `The compressed ${name} is damaged: ${problem}.`,
    'Compress the model again, or download the file again.',
  );
}

export function partsProblem(parts: Parts, layout: readonly PartLayout[]): string | undefined {
  for (const part of layout) {
    const problem = partProblem(parts.get(part.suffix), part);
    if (problem) return problem;
  }
  const known = new Set(layout.map(({ suffix }) => suffix));
  const surplus = [...parts.keys()].find((suffix) => !known.has(suffix));
  return surplus === undefined ? undefined : `it has a part ${surplus} that its codec does not store`;
}

function partProblem(bytes: Uint8Array | undefined, part: PartLayout): string | undefined {
  if (!bytes) return part.optional ? undefined : `its part ${part.suffix} is missing`;
  const expected = partBytes(part);
  if (!part.variable)
    return bytes.length === expected
      ? undefined
      : `its part ${part.suffix} has ${bytes.length} bytes instead of ${expected}`;
  if (bytes.length > expected)
    return `its part ${part.suffix} has ${bytes.length} bytes, more than the ${expected} it can have`;
  return bytes.length % DTYPE_BYTES[part.dtype] === 0
    ? undefined
    : `its part ${part.suffix} has ${bytes.length} bytes, no whole number of ${part.dtype}`;
}
