import { rowRounding, type InputRounding, type RowRounding } from '../models/inputRounding';
import type { OnnxGraph } from './graph';
import type { OnnxRuntime } from './runtime';
import { floatTensor, type Tensors } from './session';

/** Codes are −127 … 127. */
const MAX_CODE = 127;
/** Rows whose largest magnitude is below this count as zero. */
const ZERO_THRESHOLD = 2 ** -100;

/** A layer whose input is rounded in a graph. */
export interface RoundedLayer {
  /** The name of its weight. */
  weight: string;
  columns: number;
  /** Stands for the weight in the names of graph values. */
  label: string;
}

/**
 * Graph values of a layer's rounding, each [columns]: the factors, 0 in outlier columns; 1 ÷ factors, 0 there too; and 1 in outlier
 * columns only.
 */
const vectorNames = ({ label }: RoundedLayer) => ({
  factors: `factors of ${label}`,
  inverse: `inverse factors of ${label}`,
  kept: `kept columns of ${label}`,
});

/** Declares a layer's factors as inputs of the graph, which `roundingFeeds` makes. */
export function declareRounding(graph: OnnxGraph, layer: RoundedLayer): void {
  for (const name of Object.values(vectorNames(layer))) graph.input(name, 'float32', [layer.columns]);
}

/** Writes a layer's factors into the graph as constants. */
export function addRounding(graph: OnnxGraph, layer: RoundedLayer, rounding: RowRounding): void {
  const names = vectorNames(layer);
  const { factors, inverse, kept } = columnVectors(layer.columns, rounding);
  graph.floats(names.factors, [layer.columns], factors);
  graph.floats(names.inverse, [layer.columns], inverse);
  graph.floats(names.kept, [layer.columns], kept);
}

/**
 * Writes the rounding that `RowRounding` describes, of x [..., columns], and returns what the codes stand for, in x's own scale. The
 * layer's factors were declared or added before. Quotients are float64, in which those of float32 values are on the right side of every tie.
 */
export function emitInputRounding(graph: OnnxGraph, layer: RoundedLayer, x: string): string {
  const names = vectorNames(layer);
  const scaled = graph.node('Mul', [x, names.factors]);
  const magnitudes = graph.node('Abs', [scaled]);
  const maximum = graph.node('ReduceMax', [magnitudes, graph.integers([-1])], {
    attributes: { keepdims: 1 },
  });
  const isZero = graph.node('Less', [maximum, graph.scalar(ZERO_THRESHOLD)]);
  const largest = graph.node('Where', [isZero, graph.scalar(0), maximum]);
  const divisor = graph.cast(graph.node('Where', [isZero, graph.scalar(1), maximum]), 'float64');
  const scaledUp = graph.node('Mul', [graph.cast(magnitudes, 'float64'), graph.scalar(MAX_CODE, 'float64')]);
  const quotient = graph.node('Div', [scaledUp, divisor]);
  const floor = graph.node('Floor', [graph.node('Add', [quotient, graph.scalar(0.5, 'float64')])]);
  const codes = graph.node('Mul', [graph.cast(floor, 'float32'), graph.node('Sign', [scaled])]);
  // Divided first: 127 · (largest ÷ 127) may overflow.
  const shares = graph.node('Div', [codes, graph.scalar(MAX_CODE)]);
  const rounded = graph.node('Mul', [graph.node('Mul', [shares, largest]), names.inverse]);
  return graph.node('Add', [rounded, graph.node('Mul', [x, names.kept])]);
}

/** Makes the tensors that `emitInputRounding` declares. @param roundings by weight; all of `layers` are among them */
export function roundingFeeds(
  runtime: OnnxRuntime,
  layers: readonly RoundedLayer[],
  roundings: ReadonlyMap<string, InputRounding>,
): Tensors {
  const feeds: Tensors = {};
  for (const layer of layers) {
    const { factors, inverse, kept } = vectorNames(layer);
    const vectors = columnVectors(layer.columns, rowRounding(roundings.get(layer.weight)!));
    feeds[factors] = floatTensor(runtime, vectors.factors, [layer.columns]);
    feeds[inverse] = floatTensor(runtime, vectors.inverse, [layer.columns]);
    feeds[kept] = floatTensor(runtime, vectors.kept, [layer.columns]);
  }
  return feeds;
}

function columnVectors(columns: number, { factors: given, outliers = new Uint32Array() }: RowRounding) {
  const factors = given?.slice() ?? new Float32Array(columns).fill(1);
  const inverse = factors.map((factor) => 1 / factor);
  const kept = new Float32Array(columns);
  for (const column of outliers) {
    factors[column] = inverse[column] = 0;
    kept[column] = 1;
  }
  return { factors, inverse, kept };
}
