import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { GpuJob } from '../../../kit/gpuJob';
import { recordScales, type GroupBuffers } from '../../../kit/uniformGrid/encode';
import type { AwqLayout } from './layout';
import { recordRoundingErrors } from './steps';

/** Columns of a group whose output error one thread sums (shaders/codecs/awq/groupErrors.wgsl). */
const BLOCK = 8;
/** Rows of one workgroup: each of its 64 threads takes four. */
const ROWS_PER_GROUP = 256;
/** The maximum of operations per dispatch. */
const MAX_DISPATCH_COST = 4e8;

/** Buffers of the search: w holds W·diag(s) [rows, columns] and s [columns]; scales and zeros receive the best candidates. */
export type ClipBuffers = GroupBuffers & Record<'s', GPUBuffer>;

/**
 * Records the choice of scales and zero points of all groups. With more than one limit, it chooses those that minimise the output
 * error of the group's own columns, eᵀ G e with e in units of the unscaled W. Without a Gram matrix, G is the identity.
 */
export async function recordClipSearch(
  job: GpuJob,
  layout: AwqLayout,
  rows: number,
  buffers: ClipBuffers,
  gram?: DenseMatrix,
): Promise<void> {
  const { w, s, scales, zeros } = buffers;
  if (layout.limits.length === 1) return recordScales(job, layout, rows, { w, scales, zeros });
  const { scope } = job;
  const groups = rows * layout.groupsPerRow;
  const limited = scope.allocate(4 * rows * layout.columns, 'limited weights');
  const stride = paddedRows(rows);
  const e = scope.allocate(4 * stride * layout.columns, 'errors');
  const candidate = {
    scales: scope.allocate(4 * groups, 'scales'),
    zeros: scope.allocate(4 * groups, 'zeros'),
  };
  const sums = scope.allocate(4 * stride * blocksPerRow(layout), 'partial errors');
  const least = scope.allocate(4 * groups, 'minimal errors');
  for (const [k, share] of layout.limits.entries()) {
    await recordLimit(job, layout, rows, share, w, limited);
    await recordScales(job, layout, rows, { w: limited, ...candidate });
    await recordRoundingErrors(job, layout, rows, { w, s, e, ...candidate }, stride);
    await recordGroupErrors(job, layout, rows, e, sums, gram);
    await recordKeep(job, layout, rows, k === 0, {
      candidateScales: candidate.scales,
      candidateZeros: candidate.zeros,
      sums,
      least,
      scales,
      zeros,
    });
  }
}

/** Rounds rows up to a multiple of four: errors are stored by column, four rows at a time, padded with zeros. */
function paddedRows(rows: number): number {
  return 4 * Math.ceil(rows / 4);
}

function blocksPerGroup({ group }: AwqLayout): number {
  return Math.ceil(group / BLOCK);
}

function blocksPerRow(layout: AwqLayout): number {
  return layout.groupsPerRow * blocksPerGroup(layout);
}

async function recordLimit(
  { dispatch }: GpuJob,
  { groupsPerRow, columns, group }: AwqLayout,
  rows: number,
  share: number,
  w: GPUBuffer,
  out: GPUBuffer,
): Promise<void> {
  const groups = rows * groupsPerRow;
  await dispatch('codecs/awq/limit', {
    params: { groups, groupsPerRow, columns, group, share },
    bindings: { w, out },
    threads: groups,
    cost: 4 * rows * columns,
  });
}

/** Records adding eᵀ G e of all groups to `sums`, one dispatch per part of G and range of blocks. */
async function recordGroupErrors(
  { dispatch }: GpuJob,
  layout: AwqLayout,
  rows: number,
  e: GPUBuffer,
  sums: GPUBuffer,
  gram?: DenseMatrix,
): Promise<void> {
  const { columns, group } = layout;
  const kernel = { module: 'codecs/awq/groupErrors', conditions: { gram: gram !== undefined } };
  const total = blocksPerRow(layout);
  for (const part of gram?.parts ?? [undefined]) {
    const blockCost = 2 * rows * BLOCK * (part ? Math.min(group, part.rows) : 1);
    const step = Math.max(1, Math.min(total, Math.floor(MAX_DISPATCH_COST / blockCost)));
    const sizes = { rows: paddedRows(rows), columns, group, blocksPerGroup: blocksPerGroup(layout) };
    for (let firstBlock = 0; firstBlock < total; firstBlock += step) {
      const blocks = Math.min(step, total - firstBlock);
      await dispatch(kernel, {
        params: { ...sizes, firstBlock, gramFirst: part?.firstRow ?? 0, gramRows: part?.rows ?? 0 },
        bindings: { e, sums, ...(part && { gram: part.buffer }) },
        workgroups: [Math.ceil(rows / ROWS_PER_GROUP), blocks, 1],
        cost: blocks * blockCost,
      });
    }
  }
}

async function recordKeep(
  { dispatch }: GpuJob,
  layout: AwqLayout,
  rows: number,
  first: boolean,
  bindings: Record<string, GPUBuffer>,
): Promise<void> {
  const { groupsPerRow } = layout;
  await dispatch('codecs/awq/keep', {
    params: {
      rows,
      stride: paddedRows(rows),
      groupsPerRow,
      blocksPerGroup: blocksPerGroup(layout),
      isFirst: Number(first),
    },
    bindings,
    threads: rows * groupsPerRow,
    cost: 4 * rows * blocksPerRow(layout),
  });
}
