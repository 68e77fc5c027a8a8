import {
  allocateMatrix,
  releaseMatrix,
  type DenseMatrix,
  type MatrixPart,
} from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import { readDiagonal } from '../../../kit/diagonal';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import type { AqlmLayout } from './layout';
import { dampingOf } from './schedule';

/** How errors E [rows, columns] are measured, tr(E G Eᵀ), with G the damped Gram matrix or the identity. */
export interface AqlmMetric {
  /** Damped G [columns, padded columns], its rows split over buffers; absent for the identity. */
  gram?: DenseMatrix;
  /** Blocks on the diagonal of G, [groups, size, size]. */
  blocks: GPUBuffer;
  /** The diagonal of G, [padded columns]; zero in the padding. */
  diagonal: GPUBuffer;
  dispose(): void;
}

/** Makes the metric of one matrix. @throws LabError bad-input naming the tensor for inputs that are all zero or not finite */
export function prepareMetric(name: string, layout: AqlmLayout, context: CodecContext): Promise<AqlmMetric> {
  const { inputs } = context;
  return layout.weighted && inputs
    ? gramMetric(name, layout, inputs.gram, context)
    : Promise.resolve(identityMetric(layout, context));
}

/** Makes the metric ‖E‖². */
export function identityMetric({ padded, columns, size }: AqlmLayout, { gpu }: CodecContext): AqlmMetric {
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
): Promise<AqlmMetric> {
  const { gpu } = context;
  const { columns, padded, size } = layout;
  const diagonal = await readDiagonal(source, context);
  const damping = dampingOf(name, diagonal, layout.damping);
  const scope = gpu.buffers.scope();
  const gram = allocateMatrix(gpu, columns, padded, 'damped Gram matrix');
  const dispose = () => {
    scope.dispose();
    releaseMatrix(gpu.buffers, gram);
  };
  try {
    const damped = new Float32Array(padded);
    diagonal.forEach((value, c) => (damped[c] = value + damping));
    const blocks = scope.allocate(4 * padded * size, 'metric blocks');
    await damp({ layout, source, gram, blocks, damping }, context);
    return { gram, blocks, diagonal: scope.upload(damped, 'metric diagonal'), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

interface Damping {
  layout: AqlmLayout;
  source: DenseMatrix;
  gram: DenseMatrix;
  blocks: GPUBuffer;
  damping: number;
}

/** Fills `gram` and `blocks` from the undamped matrix, whose parts may begin at other rows. */
function damp(work: Damping, context: CodecContext): Promise<void> {
  return gpuJob(context, async (job) => {
    for (const to of work.gram.parts)
      for (const from of work.source.parts) {
        const first = Math.max(to.firstRow, from.firstRow);
        const end = Math.min(to.firstRow + to.rows, from.firstRow + from.rows);
        if (first < end) await recordDamp(job, work, { to, from, first, rows: end - first });
      }
    await job.run();
  });
}

interface Overlap {
  to: MatrixPart;
  from: MatrixPart;
  first: number;
  rows: number;
}

async function recordDamp(
  { dispatch }: GpuJob,
  { layout, blocks, damping }: Damping,
  { to, from, first, rows }: Overlap,
): Promise<void> {
  const { columns, padded, size } = layout;
  await dispatch(
    { module: 'codecs/aqlm/damp', conditions: { eight: size === 8 } },
    {
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
      threads: (rows * padded) / 4,
      cost: 4 * rows * padded,
    },
  );
}
