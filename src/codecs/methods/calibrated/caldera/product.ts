import { maxDispatchCost } from '../../../../gpu/dispatchCost';
import type { CodecContext } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';

/** A row-major host matrix; with `transposed`, the product takes its transpose. */
export interface Operand {
  values: Float32Array;
  rows: number;
  columns: number;
  transposed?: boolean;
}

/** `product` subtracts the product from `from` if it is given. */
export interface ProductOptions {
  from?: Float32Array;
}

/** An uploaded block with the kernel's strides, which include a transposition. */
interface Block {
  buffer: GPUBuffer;
  outer: number;
  inner: number;
}

/**
 * Computes A·B in float32 on the GPU, [rows of A, columns of B], in blocks that fit one binding. The order of the inner sums does
 * not depend on the blocks. @throws Cancelled, LabError
 */
export async function product(
  context: CodecContext,
  a: Operand,
  b: Operand,
  { from }: ProductOptions = {},
): Promise<Float32Array> {
  const [m, k] = effectiveShape(a);
  const [, n] = effectiveShape(b);
  const words = Math.floor(context.gpu.maxBindingBytes / 4);
  const inner = Math.max(1, Math.min(k, Math.floor(words / n)));
  const rows = Math.max(1, Math.min(m, Math.floor(words / Math.max(n, inner))));
  const out = new Float32Array(m * n);
  for (let first = 0; first < m; first += rows) {
    const count = Math.min(rows, m - first);
    const start = from?.subarray(first * n, (first + count) * n);
    const block = await gpuJob(context, async (job) => {
      const target = start
        ? job.scope.upload(start, 'product')
        : job.scope.allocate(4 * count * n, 'product');
      for (let at = 0; at < k; at += inner) {
        const depth = Math.min(inner, k - at);
        await recordBlockProduct(job, {
          a: uploadBlock(job, a, [first, count], [at, depth]),
          b: uploadBlock(job, b, [at, depth], [0, n]),
          out: { buffer: target, first: 0, stride: n },
          size: [count, depth, n],
          sign: from ? -1 : 1,
        });
      }
      await job.run();
      return job.readFloats(target, count * n);
    });
    out.set(block, first * n);
  }
  return out;
}

function effectiveShape({ rows, columns, transposed }: Operand): readonly [number, number] {
  return transposed ? [columns, rows] : [rows, columns];
}

/** Uploads rows × columns (as [first, count]) of an operand; its strides are per row and column after transposition. */
export function uploadBlock(
  { scope }: GpuJob,
  { values, columns, transposed }: Operand,
  ofRows: readonly [number, number],
  ofColumns: readonly [number, number],
): Block {
  const [outer, inner] = transposed ? [ofColumns, ofRows] : [ofRows, ofColumns];
  const block = copyBlock(values, columns, outer, inner);
  const strides = transposed ? { outer: 1, inner: inner[1] } : { outer: inner[1], inner: 1 };
  return { buffer: scope.upload(block, 'factor of a product'), ...strides };
}

function copyBlock(
  values: Float32Array,
  stride: number,
  [firstRow, rows]: readonly [number, number],
  [firstColumn, columns]: readonly [number, number],
): Float32Array {
  if (columns === stride) return values.subarray(firstRow * stride, (firstRow + rows) * stride);
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const first = (firstRow + row) * stride + firstColumn;
    out.set(values.subarray(first, first + columns), row * columns);
  }
  return out;
}

export interface ProductCall {
  a: Block;
  b: Block;
  /** Row-major from element `first`, with rows `stride` elements apart. */
  out: { buffer: GPUBuffer; first: number; stride: number };
  /** Rows, inner dimension, columns. */
  size: readonly [number, number, number];
  sign: number;
}

/** Records out += sign · A·B in ranges of rows of bounded work. */
export async function recordBlockProduct(
  { gpu, dispatch }: GpuJob,
  { a, b, out, size: [rows, inner, columns], sign }: ProductCall,
): Promise<void> {
  const costOfRow = 2 * inner * columns;
  const step = 4 * Math.max(1, Math.floor(maxDispatchCost(gpu) / costOfRow / 4));
  for (let firstRow = 0; firstRow < rows; firstRow += step) {
    const endRow = Math.min(rows, firstRow + step);
    await dispatch('codecs/caldera/product', {
      params: {
        rows,
        columns,
        inner,
        aRow: a.outer,
        aInner: a.inner,
        bInner: b.outer,
        bColumn: b.inner,
        firstRow,
        endRow,
        first: out.first,
        stride: out.stride,
        sign,
      },
      bindings: { a: a.buffer, b: b.buffer, out: out.buffer },
      threads: Math.ceil((endRow - firstRow) / 4) * Math.ceil(columns / 4),
      cost: costOfRow * (endRow - firstRow),
    });
  }
}
