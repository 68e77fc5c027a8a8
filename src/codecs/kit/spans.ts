import { splitRows, type DenseMatrix, type MatrixPart, type RowRange } from '../../runtime/linear/matrix';

/** The maximum number of elements of one codec dispatch. It bounds the time until Stop takes effect, and the host's copies. */
export const CHUNK_ELEMENTS = 2 ** 20;

/** A range of flattened elements. */
export interface Span {
  first: number;
  count: number;
}

/** Divides flattened elements into spans of at most `max` and at most CHUNK_ELEMENTS elements, each starting at a multiple of `align`. */
export function spans(elements: number, max: number, align = 1): Span[] {
  const step = Math.max(align, Math.floor(Math.min(max, CHUNK_ELEMENTS) / align) * align);
  const found: Span[] = [];
  for (let first = 0; first < elements; first += step)
    found.push({ first, count: Math.min(step, elements - first) });
  return found;
}

/**
 * Divides the rows of a matrix into ranges for one job each, which start at multiples of `align`. A range fits one binding, and has at
 * most `maxElements` weights unless `align` rows have more.
 * @throws LabError limit when `align` rows exceed a binding
 */
export function rowRanges(
  { rows, columns }: { rows: number; columns: number },
  maxBindingBytes: number,
  { align = 1, maxElements = CHUNK_ELEMENTS } = {},
): RowRange[] {
  const bytes = 4 * Math.max(maxElements, align * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, bytes), align);
}

/** A span of flattened elements within one part of a matrix. Its `offset` is relative to the part's first element. */
export interface PartSpan extends Span {
  part: MatrixPart;
  offset: number;
}

/** Divides a matrix into spans for one dispatch each. */
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

/** Takes bytes [first, first + count) and the `shift` bytes before them from the last multiple of 4 on. */
export function byteWindow(
  bytes: Uint8Array,
  first: number,
  count: number,
): { bytes: Uint8Array; shift: number } {
  const start = first - (first % 4);
  return { bytes: bytes.subarray(start, first + count), shift: first - start };
}
