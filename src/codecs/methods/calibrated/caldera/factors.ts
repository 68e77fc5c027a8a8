import { KeyedRandom } from '../../../../base/random';
import { truncatedSvd, type LinearOperator } from '../../../../calibrate/svd';
import type { CodecContext } from '../../../contract/codec';
import type { CalderaLayout, Factor } from './layout';
import { timesMetric, type ErrorMetric } from './metric';
import { product, type Operand } from './product';
import { balance, FACTOR_ROUNDS, RANDOM_STREAM } from './schedule';
import { solveNormal } from './solve';
import { decodeFactor, encodeFactor, type FactorParts } from './storedFactor';

/** A factor as it is stored and as it decodes. */
interface StoredFactor {
  parts: FactorParts;
  decoded: Operand;
}

export interface StoredFactors {
  left: StoredFactor;
  right: StoredFactor;
}

interface Fit {
  name: string;
  layout: CalderaLayout;
  metric: ErrorMetric;
  context: CodecContext;
}

/**
 * Fits L·R of this rank to B in the metric of the inputs (LPLR; CALDERA, algorithm 2): takes L from the singular vectors of B·C
 * with H = C·Cᵀ, then alternately stores one factor and fits the other to it.
 */
export async function fitFactors(fit: Fit, b: Operand, alternation: number): Promise<StoredFactors> {
  const { layout, context } = fit;
  const start = await singularVectors(fit, b, alternation);
  const right = await product(context, start, b);
  balance(start.values, right, layout.rank);
  let left = await store(fit, 'left', start.values);
  for (let round = 1; ; round++) {
    const stored = await store(fit, 'right', await fitRight(fit, left.decoded, b));
    if (round === FACTOR_ROUNDS) return { left, right: stored };
    left = await store(fit, 'left', await fitLeft(fit, stored.decoded, b));
  }
}

/** Computes the left singular vectors of B·C, [rank, out]. */
async function singularVectors(
  { layout, metric, context }: Fit,
  b: Operand,
  alternation: number,
): Promise<Operand> {
  const m = await timesMetric(context, b, metric.root);
  const multiply = (x: Float64Array, count: number, transposed: boolean) =>
    product(
      context,
      { values: Float32Array.from(x), rows: count, columns: x.length / count },
      { ...m, transposed },
    );
  const operator: LinearOperator = {
    rows: m.rows,
    columns: m.columns,
    times: (x, count) => multiply(x, count, true),
    timesTransposed: (y, count) => multiply(y, count, false),
  };
  const random = new KeyedRandom(layout.seed, RANDOM_STREAM + alternation);
  const { u } = await truncatedSvd(operator, layout.rank, random);
  return { values: Float32Array.from(u), rows: layout.rank, columns: layout.rows };
}

/** Computes R = (LᵀL)⁻¹ LᵀB, the optimum for this L in any metric. `left` is Lᵀ. */
async function fitRight({ layout, context }: Fit, left: Operand, b: Operand): Promise<Float32Array> {
  const gram = await product(context, left, { ...left, transposed: true });
  return Float32Array.from(solveNormal(gram, await product(context, left, b), layout.rank));
}

/** Computes Lᵀ = (R H Rᵀ)⁻¹ R H Bᵀ. */
async function fitLeft({ layout, metric, context }: Fit, right: Operand, b: Operand): Promise<Float32Array> {
  const weighted = await timesMetric(context, right, metric.hessian);
  const gram = await product(context, weighted, { ...right, transposed: true });
  const image = await product(context, weighted, { ...b, transposed: true });
  return Float32Array.from(solveNormal(gram, image, layout.rank));
}

async function store(
  { name, layout, context }: Fit,
  which: Factor,
  values: Float32Array,
): Promise<StoredFactor> {
  const parts = await encodeFactor(name, values, layout[which], context);
  return { parts, decoded: await decodeFactor(name, parts, layout[which], context) };
}
