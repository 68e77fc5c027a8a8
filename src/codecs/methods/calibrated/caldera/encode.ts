import {
  allocateMatrix,
  readMatrix,
  releaseMatrix,
  type MatrixPart,
} from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { encodeWithFeedback } from '../../../kit/errorFeedback/encode';
import { withFeedback, type Feedback } from '../../../kit/errorFeedback/feedback';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { decodeUniformGrid } from '../../../kit/uniformGrid/decode';
import type { UniformGridParts } from '../../../kit/uniformGrid/layout';
import { fitFactors, type StoredFactors } from './factors';
import { joinParts, type CalderaLayout, type CalderaParts } from './layout';
import { openMetric } from './metric';
import { product, type Operand } from './product';

/**
 * Alternates between Q with error feedback and L·R by low-rank regression (CALDERA, algorithm 1), and keeps the best alternation.
 * @throws LabError naming the tensor when statistics cannot be used or a scale overflows; Cancelled
 */
export function encodeCaldera(source: Source<CalderaLayout>, context: CodecContext): Promise<CalderaParts> {
  return withFeedback(source, source.layout.grid, context, (feedback) =>
    alternate(source, feedback, context),
  );
}

async function alternate(
  source: Source<CalderaLayout>,
  feedback: Feedback,
  context: CodecContext,
): Promise<CalderaParts> {
  const { name, values, layout } = source;
  const metric = await openMetric(source, context);
  let best: { parts: CalderaParts; squares: number } | undefined;
  let factors: StoredFactors | undefined;
  for (let i = 0; i < layout.iterations; i++) {
    const rest = factors ? await subtractProduct(values, factors, context) : values;
    const grid = await encodeWithFeedback(
      feedback,
      { ...source, values: rest, layout: layout.grid },
      context,
    );
    const b = await subtractGrid(source, grid, context);
    factors = await fitFactors({ name, layout, metric, context }, b, i);
    const error = await subtractProduct(b.values, factors, context);
    const squares = await metric.squares(error, layout.rows);
    const parts = joinParts(grid, { left: factors.left.parts, right: factors.right.parts });
    if (!best || squares < best.squares) best = { parts, squares };
  }
  return best!.parts;
}

/** Computes W − L·R. */
function subtractProduct(
  values: Float32Array,
  { left, right }: StoredFactors,
  context: CodecContext,
): Promise<Float32Array> {
  return product(context, { ...left.decoded, transposed: true }, right.decoded, { from: values });
}

/** Computes W − Q for Q as it is stored. */
async function subtractGrid(
  { name, shape, values, layout: { grid } }: Source<CalderaLayout>,
  parts: UniformGridParts,
  context: CodecContext,
): Promise<Operand> {
  const { gpu } = context;
  const [rows, columns] = shape;
  const matrix = allocateMatrix(gpu, rows, columns, name);
  try {
    await decodeUniformGrid({ name, shape, layout: grid, parts }, matrix, context);
    for (const part of matrix.parts)
      await gpuJob(context, async (job) => {
        await recordSubtraction(job, values, part, columns);
        await job.run();
      });
    return { values: await readMatrix(gpu.stream, matrix), rows, columns };
  } finally {
    releaseMatrix(gpu.buffers, matrix);
  }
}

/** Records the subtraction part = weights − part. */
async function recordSubtraction(
  { scope, dispatch }: GpuJob,
  values: Float32Array,
  { firstRow, rows, buffer }: MatrixPart,
  columns: number,
): Promise<void> {
  const count = rows * columns;
  const first = firstRow * columns;
  await dispatch('codecs/caldera/subtract', {
    params: { count },
    bindings: { w: scope.upload(values.subarray(first, first + count), 'weights'), q: buffer },
    threads: count,
    cost: count,
  });
}
