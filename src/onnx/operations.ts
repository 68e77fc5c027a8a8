import type { AttentionShape, StepOf } from '../models/architecture';
import type { OnnxGraph } from './graph';
import type { Positions } from './positions';

/**
 * Emits softmax(Q·Kᵀ·scale + mask)·V with grouped keys and values from standard operators, which every ONNX runtime has:
 * query [batch, time, heads·d], key and value [batch, keys, keyValueHeads·d] → [batch, time, heads·d]. Queries that share
 * one key head are stacked along time, so that keys and values are never repeated.
 */
export function emitAttention(
  graph: OnnxGraph,
  shape: AttentionShape,
  positions: Positions,
  [query, key, value]: readonly [string, string, string],
): string {
  const { heads, keyValueHeads, headWidth } = shape;
  const group = heads / keyValueHeads;
  const reshape = (name: string, ...dims: number[]) => graph.node('Reshape', [name, graph.integers(dims)]);
  const transpose = (name: string, ...perm: number[]) =>
    graph.node('Transpose', [name], { attributes: { perm } });
  const split = (name: string) => reshape(name, 0, 0, keyValueHeads, headWidth);
  const q5 = transpose(reshape(query, 0, 0, keyValueHeads, group, headWidth), 0, 2, 3, 1, 4);
  const q = reshape(q5, 0, keyValueHeads, -1, headWidth);
  const k = transpose(split(key), 0, 2, 3, 1);
  const v = transpose(split(value), 0, 2, 1, 3);
  const scaled = graph.node('Mul', [graph.node('MatMul', [q, k]), graph.scalar(shape.scale)]);
  let scores = scaled;
  const mask = shape.causal ? positions.mask(shape) : undefined;
  if (mask !== undefined) {
    const rows = reshape(scaled, 0, keyValueHeads * group, -1, 0);
    const masked = graph.node('Add', [rows, mask]);
    scores = reshape(masked, 0, keyValueHeads, -1, 0);
  }
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const mixed = reshape(graph.node('MatMul', [weights, v]), 0, keyValueHeads, group, -1, headWidth);
  return reshape(transpose(mixed, 0, 3, 1, 2, 4), 0, 0, heads * headWidth);
}

/**
 * Emits the rotary embedding x·cos + rotate(x)·sin (Su et al. 2021) of [batch, time, heads·headWidth], where `rotate` takes
 * every pair (a, b) to (−b, a). Columns of a head from rotaryDim on are left unchanged.
 */
export function emitRotary(
  graph: OnnxGraph,
  step: StepOf<'rotary'>,
  positions: Positions,
  input: string,
): string {
  const { heads, headWidth, rotaryDim = headWidth } = step;
  const reshape = (name: string, ...dims: number[]) => graph.node('Reshape', [name, graph.integers(dims)]);
  const split = reshape(input, 0, 0, heads, headWidth);
  const x = rotaryDim === headWidth ? split : slice(graph, split, 0, rotaryDim);
  const [cos, sin] = positions.rotary(step);
  const rotated = step.interleaved ? neighbours(graph, step, x) : halves(graph, rotaryDim, x);
  const sum = graph.node('Add', [graph.node('Mul', [x, cos]), graph.node('Mul', [rotated, sin])]);
  const whole =
    rotaryDim === headWidth
      ? sum
      : graph.node('Concat', [sum, slice(graph, split, rotaryDim, headWidth)], { attributes: { axis: 3 } });
  return reshape(whole, 0, 0, heads * headWidth);
}

/** Rotates the pairs (i, i + rotaryDim/2) of the last axis. */
function halves(graph: OnnxGraph, rotaryDim: number, x: string): string {
  return exchanged(graph, slice(graph, x, 0, rotaryDim / 2), slice(graph, x, rotaryDim / 2, rotaryDim));
}

/** Rotates the pairs (2i, 2i + 1) of the last axis of [batch, time, heads, rotaryDim]. */
function neighbours(
  graph: OnnxGraph,
  { heads, headWidth, rotaryDim = headWidth }: StepOf<'rotary'>,
  x: string,
): string {
  const pairs = graph.node('Reshape', [x, graph.integers([0, 0, (heads * rotaryDim) / 2, 2])]);
  const rotated = exchanged(graph, slice(graph, pairs, 0, 1), slice(graph, pairs, 1, 2));
  return graph.node('Reshape', [rotated, graph.integers([0, 0, heads, rotaryDim])]);
}

/** (a, b) → (−b, a), concatenated along the last of four axes. */
function exchanged(graph: OnnxGraph, a: string, b: string): string {
  return graph.node('Concat', [graph.node('Neg', [b]), a], { attributes: { axis: 3 } });
}

/** Columns [from, to) of the last of four axes. */
function slice(graph: OnnxGraph, x: string, from: number, to: number): string {
  const at = (n: number) => graph.integers([n]);
  return graph.node('Slice', [x, at(from), at(to), at(3)]);
}

/** Emits Gelu(approximate), which exists since operator set 20; the form `tanh` is GPT-2's gelu_new. */
export function emitGelu(graph: OnnxGraph, form: 'tanh' | 'erf', input: string): string {
  return graph.node('Gelu', [input], { attributes: { approximate: form === 'tanh' ? 'tanh' : 'none' } });
}

/** Emits x·sigmoid(x). */
export function emitSilu(graph: OnnxGraph, x: string): string {
  return graph.node('Mul', [x, graph.node('Sigmoid', [x])]);
}

/** Emits silu(gate)·up. */
export function emitSiluGate(graph: OnnxGraph, gate: string, up: string): string {
  return graph.node('Mul', [emitSilu(graph, gate), up]);
}

/** Emits (x − mean) ÷ √(variance + ε) · (1 + factor) + offset of [batch, time, width], with factors and offsets [batch, 1, width]. */
export function emitAdaptiveNorm(
  graph: OnnxGraph,
  input: string,
  { offset, factor, width, epsilon }: { offset: string; factor: string; width: number; epsilon: number },
): string {
  const constant = (name: string, value: number) =>
    graph.has(name) ? name : graph.floats(name, [width], new Float32Array(width).fill(value));
  const inputs = [input, constant(`ones ${width}`, 1), constant(`zeros ${width}`, 0)];
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  const normed = graph.node('LayerNormalization', inputs, { attributes });
  const scaled = graph.node('Mul', [normed, graph.node('Add', [factor, graph.scalar(1)])]);
  return graph.node('Add', [scaled, offset]);
}

/** Emits x ÷ √(mean x² + ε) · weight from its parts: RMSNormalization exists only since operator set 23. */
export function emitRmsNorm(graph: OnnxGraph, input: string, weight: string, epsilon: number): string {
  const mean = graph.node('ReduceMean', [graph.node('Mul', [input, input]), graph.integers([-1])], {
    attributes: { keepdims: 1 },
  });
  const root = graph.node('Sqrt', [graph.node('Add', [mean, graph.scalar(epsilon)])]);
  return graph.node('Mul', [graph.node('Div', [input, root]), weight]);
}
