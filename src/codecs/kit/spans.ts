import type { DenseMatrix, MatrixPart } from '../../runtime/linear/matrix';

/** The most elements one dispatch of a codec handles. It bounds the time until Stop answers, and the host's copies. */
export const CHUNK_ELEMENTS = 2 ** 20;

/** Threads per workgroup of elementwise codec kernels. */
const WORKGROUP = 64;

/** Workgroups for one thread per item. */
export function threadGroups(items: number): number {
  return Math.ceil(items / WORKGROUP);
}

/** A range of flattened elements. */
export interface Span {
  first: number;
  count: number;
}

/** Cuts flattened elements into consecutive spans of at most `largest` (and CHUNK_ELEMENTS) elements, each starting at a multiple of `align`. */
export function spans(elements: number, largest: number, align = 1): Span[] {
  const step = Math.max(align, Math.floor(Math.min(largest, CHUNK_ELEMENTS) / align) * align);
  const found: Span[] = [];
  for (let first = 0; first < elements; first += step)
    found.push({ first, count: Math.min(step, elements - first) });
  return found;
}

/** A span of flattened elements that lies inside one part of a matrix; `offset` counts from the part's first element. */
export interface PartSpan extends Span {
  part: MatrixPart;
  offset: number;
}

/** Cuts a matrix into spans that one dispatch each can fill. */
export function partSpans(matrix: DenseMatrix): PartSpan[] {
  return matrix.parts.flatMap((part) =>
    spans(part.rows * matrix.columns, CHUNK_ELEMENTS).map(({ first, count }) => ({
      part,
      offset: first,
      first: part.firstRow * matrix.columns + first,
      count,
    })),
  );
}

/** Bytes [first, first + count), widened to start at a multiple of 4; `shift` = bytes before the first one wanted. */
export function byteWindow(
  bytes: Uint8Array,
  first: number,
  count: number,
): { bytes: Uint8Array; shift: number } {
  const start = first - (first % 4);
  return { bytes: bytes.subarray(start, first + count), shift: first - start };
}
