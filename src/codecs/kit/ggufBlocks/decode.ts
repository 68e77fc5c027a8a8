import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import { fillByRows, type TargetRows } from '../fillTarget';
import { float16 } from '../float16';
import type { GpuJob } from '../gpuJob';
import { byteWindow } from '../spans';
import { fieldConstants } from './fields';
import { ggufKernel } from './kernel';
import type { BlocksLayout, BlocksParts } from './layout';
import { checkBlocks } from './reference';

/** Operations per weight, as the command stream counts work. */
const COST = 32;

/** Decodes on the GPU, a range of rows at a time. @throws LabError bad-file for a scale that is not finite; Cancelled */
export async function decodeGgufBlocks(
  { name, layout, parts: { blocks } }: Coded<BlocksLayout, BlocksParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  if (layout.type === 'F16') return float16.decode({ name, parts: { values: blocks } }, target, context);
  checkBlocks(name, layout, blocks);
  await fillByRows(target, context, (job, range) => recordDecode(job, layout, blocks, range));
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  layout: BlocksLayout,
  blocks: Uint8Array,
  { firstRow, rows, firstElement, buffer }: TargetRows,
): Promise<void> {
  const { columns, rowBytes } = layout;
  const window = byteWindow(blocks, firstRow * rowBytes, rows * rowBytes);
  const count = rows * columns;
  await dispatch(ggufKernel('decode', fieldConstants(layout)), {
    params: { count, firstByte: window.shift, firstElement, unchanged: 0 },
    bindings: { blocks: scope.upload(window.bytes, 'blocks'), out: buffer },
    threads: count,
    cost: COST * count,
  });
}
