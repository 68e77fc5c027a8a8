import {
  allocateMatrix,
  readMatrix,
  releaseMatrix,
  splitRows,
  type DenseMatrix,
} from '../../../../runtime/linear/matrix';
import type { CodecContext, CodedTensor } from '../../../contract/codec';
import { decodeTensor } from '../../../contract/coding';
import type { Parts } from '../../../contract/parts';
import { gpuJob } from '../../../kit/gpuJob';
import { uniformGrid } from './inner';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import {
  calderaLayout,
  factorParts,
  factorShape,
  gridParts,
  type CalderaLayout,
  type Factor,
} from './layout';
import { recordProduct, uploadBlock, type Operand } from './product';

/** WGSL decode: Q as rtn does, then L·R on top of it. @throws LabError bad-file for numbers that are not finite; Cancelled */
export async function decodeCaldera(
  { name, shape, options, parts }: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const layout = calderaLayout(shape, options);
  const left = await decodeFactor(name, layout, 'left', factorParts(parts, 'left'), context);
  const right = await decodeFactor(name, layout, 'right', factorParts(parts, 'right'), context);
  await uniformGrid.decode({ name, shape, options: layout.grid, parts: gridParts(parts) }, target, context);
  await addProduct(left, right, target, context);
}

/** A stored factor as float32 [rank, out or in]. */
export async function decodeFactor(
  name: string,
  layout: CalderaLayout,
  which: Factor,
  parts: Parts,
  context: CodecContext,
): Promise<Operand> {
  const { gpu } = context;
  const { codec, options } = layout.factor;
  const shape = factorShape(layout, which);
  const [rows, columns] = shape;
  const matrix = allocateMatrix(gpu.buffers, gpu.maxBindingBytes, rows, columns, `factor of ${name}`);
  try {
    await decodeTensor(codec, { name, shape, options, parts }, matrix, context);
    return { values: await readMatrix(gpu.stream, matrix), rows, columns };
  } finally {
    releaseMatrix(gpu.buffers, matrix);
  }
}

/** target += Lᵀ transposed · R, a range of rows at a time. */
async function addProduct(
  left: Operand,
  right: Operand,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { columns } = target;
  const rank = left.rows;
  const inner = Math.max(1, Math.min(rank, Math.floor(context.gpu.maxBindingBytes / (4 * columns))));
  const rowBytes = 4 * Math.max(columns, rank);
  for (const part of target.parts)
    for (const { firstRow, rows } of splitRows(part.rows, rowBytes, Math.max(4 * CHUNK_ELEMENTS, rowBytes)))
      await gpuJob(context, async (job) => {
        for (let k = 0; k < rank; k += inner) {
          const depth = Math.min(inner, rank - k);
          await recordProduct(job, context, {
            a: uploadBlock(job, { ...left, transposed: true }, [part.firstRow + firstRow, rows], [k, depth]),
            b: uploadBlock(job, right, [k, depth], [0, columns]),
            out: { buffer: part.buffer, first: firstRow * columns, stride: columns },
            size: [rows, depth, columns],
            sign: 1,
          });
        }
        await job.run();
      });
}
