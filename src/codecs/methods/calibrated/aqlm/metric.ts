import { allocateMatrix, releaseMatrix, type DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { threadGroups } from '../../../kit/spans';
import type { AqlmLayout } from './layout';
import { dampingOf } from './schedule';

/** What errors are measured by: E ↦ tr(E G Eᵀ), with G the damped Gram matrix or the identity. */
export interface Metric {
  /** Damped G [columns, padded columns], rows split over buffers; absent: the identity. */
  gram?: DenseMatrix;
  /** Blocks on G's diagonal, [groups, size, size]. */
  blocks: GPUBuffer;
  /** G's diagonal, [padded columns]; zero in the padding. */
  diagonal: GPUBuffer;
  dispose(): void;
}

/** The metric of one matrix. @throws LabError bad-input naming the tensor for inputs that are all zero */
export function prepareMetric(name: string, layout: AqlmLayout, context: CodecContext): Promise<Metric> {
  const { inputs } = context;
  return layout.weighted && inputs
    ? gramMetric(name, layout, inputs.gram, context)
    : Promise.resolve(identityMetric(layout, context));
}

/** Every weight counts alike. */
export function identityMetric({ padded, columns, size }: AqlmLayout, { gpu }: CodecContext): Metric {
  const diagonal = Float32Array.from({ length: padded }, (_, c) => Number(c < columns));
  const blocks = new Float32Array(padded * size);
  diagonal.forEach((value, c) => (blocks[c * size + (c % size)] = value));
  const scope = gpu.buffers.scope();
  return {
    blocks: scope.upload(blocks, 'metric blocks'),
    diagonal: scope.upload(diagonal, 'metric diagonal'),
    dispose: () => scope.dispose(),
  };
}

async function gramMetric(
  name: string,
  layout: AqlmLayout,
  source: DenseMatrix,
  context: CodecContext,
): Promise<Metric> {
  const { gpu } = context;
  const { columns, padded, size } = layout;
  const diagonal = await readDiagonal(source, context);
  const damping = dampingOf(name, diagonal, layout.damping);
  const scope = gpu.buffers.scope();
  const gram = allocateMatrix(gpu.buffers, gpu.maxBindingBytes, columns, padded, 'damped Gram matrix');
  const dispose = () => {
    scope.dispose();
    releaseMatrix(gpu.buffers, gram);
  };
  try {
    const all = new Float32Array(padded);
    diagonal.forEach((value, c) => (all[c] = value + damping));
    const blocks = scope.allocate(4 * padded * size, 'metric blocks');
    await damp({ layout, source, gram, blocks, damping }, context);
    return { gram, blocks, diagonal: scope.upload(all, 'metric diagonal'), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function readDiagonal(gram: DenseMatrix, context: CodecContext): Promise<Float32Array> {
  const { columns } = gram;
  return gpuJob(context, async ({ scope, recorder, run, read }) => {
    const out = scope.allocate(4 * columns, 'diagonal');
    for (const { buffer, firstRow, rows } of gram.parts)
      recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/aqlm/diagonal' }), {
        params: { rows, columns, firstRow },
        bindings: { gram: buffer, out },
        workgroups: threadGroups(rows),
        cost: rows,
      });
    await run();
    return new Float32Array((await read(out, 4 * columns)).buffer);
  });
}

interface Damping {
  layout: AqlmLayout;
  source: DenseMatrix;
  gram: DenseMatrix;
  blocks: GPUBuffer;
  damping: number;
}

function damp(work: Damping, context: CodecContext): Promise<void> {
  return gpuJob(context, async (job) => {
    for (const to of work.gram.parts)
      for (const from of work.source.parts) {
        const first = Math.max(to.firstRow, from.firstRow);
        const end = Math.min(to.firstRow + to.rows, from.firstRow + from.rows);
        if (first < end) await recordDamp(job, context, work, { to, from, first, rows: end - first });
      }
    await job.run();
  });
}

interface Overlap {
  to: DenseMatrix['parts'][number];
  from: DenseMatrix['parts'][number];
  first: number;
  rows: number;
}

async function recordDamp(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  { layout, blocks, damping }: Damping,
  { to, from, first, rows }: Overlap,
): Promise<void> {
  const { columns, padded, size } = layout;
  const kernel = await gpu.kernels.get({ module: 'codecs/aqlm/damp', conditions: { eight: size === 8 } });
  recorder.dispatch(kernel, {
    params: {
      rows,
      columns,
      width: padded / 4,
      sourceRow: first - from.firstRow,
      targetRow: first - to.firstRow,
      firstRow: first,
      damping,
    },
    bindings: { gram: from.buffer, out: to.buffer, blocks },
    workgroups: threadGroups((rows * padded) / 4),
    cost: 4 * rows * padded,
  });
}
