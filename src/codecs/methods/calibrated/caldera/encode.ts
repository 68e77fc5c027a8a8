import { allocateMatrix, readMatrix, releaseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { gpuJob } from '../../../kit/gpuJob';
import { encodeTensorWith } from '../../../kit/uniformGrid/erased';
import { uniformGrid } from './inner';
import { threadGroups } from '../../../kit/spans';
import { fitFactors, type Factors } from './factors';
import { calderaLayout, joinParts, type CalderaLayout } from './layout';
import { openMetric, type Metric } from './metric';
import { product, type Operand } from './product';
import { feedbackOptions } from './schedule';

/**
 * Q with error feedback and L·R by low-rank regression in turn (CALDERA, algorithm 1); the best of all alternations is kept.
 * @throws LabError naming the tensor: statistics that cannot be used, a scale that overflows; Cancelled
 */
export async function encodeCaldera(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = calderaLayout(tensor.shape, options);
  const metric = await openMetric(tensor, layout, context);
  try {
    return await alternate(tensor, layout, metric, context);
  } finally {
    metric.feedback.dispose();
  }
}

async function alternate(
  tensor: SourceTensor,
  layout: CalderaLayout,
  metric: Metric,
  context: CodecContext,
): Promise<Parts> {
  const { name, shape } = tensor;
  let best: { parts: Parts; squares: number } | undefined;
  let factors: Factors | undefined;
  for (let i = 0; i < layout.iterations; i++) {
    const rest = factors ? await lessProduct(tensor.values, factors, context) : tensor.values;
    const source = { name, shape, values: rest };
    const grid = await encodeTensorWith(metric.feedback, source, feedbackOptions(layout), context);
    const b = await lessGrid(tensor, layout, grid, context);
    factors = await fitFactors({ name, layout, metric, context }, b, i);
    const error = await lessProduct(b.values, factors, context);
    const squares = await metric.squares(error, layout.rows);
    const parts = joinParts(grid, { left: factors.left.parts, right: factors.right.parts });
    if (!best || squares < best.squares) best = { parts, squares };
  }
  return best!.parts;
}

/** W − L·R */
function lessProduct(
  values: Float32Array,
  { left, right }: Factors,
  context: CodecContext,
): Promise<Float32Array> {
  return product(context, { ...left.decoded, transposed: true }, right.decoded, { from: values });
}

/** W − Q, from Q as it is stored. */
async function lessGrid(
  { name, shape, values }: SourceTensor,
  { grid: options }: CalderaLayout,
  parts: Parts,
  context: CodecContext,
): Promise<Operand> {
  const { gpu } = context;
  const [rows, columns] = shape;
  const matrix = allocateMatrix(gpu.buffers, gpu.maxBindingBytes, rows, columns, name);
  try {
    await uniformGrid.decode({ name, shape, options, parts }, matrix, context);
    for (const part of matrix.parts)
      await gpuJob(context, async ({ scope, recorder, run }) => {
        const count = part.rows * columns;
        const first = part.firstRow * columns;
        recorder.dispatch(await gpu.kernels.get({ module: 'codecs/caldera/subtract' }), {
          params: { count },
          bindings: { w: scope.upload(values.subarray(first, first + count), 'weights'), q: part.buffer },
          workgroups: threadGroups(count),
          cost: count,
        });
        await run();
      });
    return { values: await readMatrix(gpu.stream, matrix), rows, columns };
  } finally {
    releaseMatrix(gpu.buffers, matrix);
  }
}
