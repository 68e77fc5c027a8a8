import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { fillByRows } from '../../../kit/fillTarget';
import { decodeUniformGrid } from '../../../kit/uniformGrid/decode';
import { leftParts, rightParts, type CalderaLayout, type CalderaParts } from './layout';
import { recordBlockProduct, uploadBlock, type Operand } from './product';
import { decodeFactor } from './storedFactor';

/** Decodes on the GPU: restores Q, then adds L·R. @throws LabError bad-file for numbers that are not finite; Cancelled */
export async function decodeCaldera(
  { name, shape, layout, parts }: Coded<CalderaLayout, CalderaParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const left = await decodeFactor(name, leftParts(parts), layout.left, context);
  const right = await decodeFactor(name, rightParts(parts), layout.right, context);
  await decodeUniformGrid({ name, shape, layout: layout.grid, parts }, target, context);
  await addProduct(left, right, target, context);
}

/** Adds L·R to the target, a range of rows at a time; `left` is Lᵀ. */
async function addProduct(
  left: Operand,
  right: Operand,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { columns } = target;
  const rank = left.rows;
  const inner = Math.max(1, Math.min(rank, Math.floor(context.gpu.maxBindingBytes / (4 * columns))));
  await fillByRows(target, context, async (job, { firstRow, rows, buffer, firstElement }) => {
    for (let k = 0; k < rank; k += inner) {
      const depth = Math.min(inner, rank - k);
      await recordBlockProduct(job, {
        a: uploadBlock(job, { ...left, transposed: true }, [firstRow, rows], [k, depth]),
        b: uploadBlock(job, right, [k, depth], [0, columns]),
        out: { buffer, first: firstElement, stride: columns },
        size: [rows, depth, columns],
        sign: 1,
      });
    }
  });
}
