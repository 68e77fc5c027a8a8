import type { StepOf } from '../../models/architecture';
import type { OnnxGraph } from './graph';

/** The numbers of an attention step, without its values. */
export type AttentionStep = Pick<
  StepOf<'attention'>,
  'heads' | 'keyValueHeads' | 'headWidth' | 'causal' | 'scale'
>;

/** Added to a masked score: its exponential is zero in float32, and no infinity enters the graph. */
const MASKED = -1e30;

/**
 * softmax(Q·Kᵀ·scale + mask)·V with grouped keys and values, from standard operators only (any ONNX runtime has them).
 * query [batch, time, heads·d], key and value [batch, time, keyValueHeads·d] → [batch, time, heads·d]. The queries that share
 * one key head are stacked along time, so keys and values are never repeated.
 */
export function emitAttention(
  graph: OnnxGraph,
  step: AttentionStep,
  time: number,
  [query, key, value]: readonly [string, string, string],
): string {
  const { heads, keyValueHeads, headWidth } = step;
  const group = heads / keyValueHeads;
  const reshape = (name: string, ...dims: number[]) => graph.node('Reshape', [name, graph.integers(dims)]);
  const transpose = (name: string, ...perm: number[]) =>
    graph.node('Transpose', [name], { attributes: { perm } });
  const split = (name: string) => reshape(name, 0, time, keyValueHeads, headWidth);
  const q5 = transpose(reshape(query, 0, time, keyValueHeads, group, headWidth), 0, 2, 3, 1, 4);
  const q = reshape(q5, 0, keyValueHeads, group * time, headWidth);
  const k = transpose(split(key), 0, 2, 3, 1);
  const v = transpose(split(value), 0, 2, 1, 3);
  const scaled = graph.node('Mul', [graph.node('MatMul', [q, k]), graph.scalar(step.scale)]);
  let scores = scaled;
  if (step.causal) {
    const rows = reshape(scaled, 0, keyValueHeads * group, time, time);
    const masked = graph.node('Add', [rows, causalMask(graph, time)]);
    scores = reshape(masked, 0, keyValueHeads, group * time, time);
  }
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const mixed = reshape(graph.node('MatMul', [weights, v]), 0, keyValueHeads, group, time, headWidth);
  return reshape(transpose(mixed, 0, 3, 1, 2, 4), 0, time, heads * headWidth);
}

/** [time, time]: 0 where the column's position is not after the row's. */
function causalMask(graph: OnnxGraph, time: number): string {
  const name = `causal mask ${time}`;
  if (graph.has(name)) return name;
  const mask = new Float32Array(time * time);
  for (let row = 0; row < time; row++) mask.fill(MASKED, row * time + row + 1, (row + 1) * time);
  return graph.floats(name, [time, time], mask);
}

/** x·cos + rotateHalf(x)·sin (Su et al. 2021; half-split layout) on [batch, time, heads·headWidth]. */
export function emitRotary(graph: OnnxGraph, step: StepOf<'rotary'>, time: number, input: string): string {
  const { heads, headWidth } = step;
  const half = headWidth / 2;
  const at = (n: number) => graph.integers([n]);
  const slice = (from: number, to: number) => graph.node('Slice', [x, at(from), at(to), at(3)]);
  const x = graph.node('Reshape', [input, graph.integers([0, time, heads, headWidth])]);
  const rotated = graph.node('Concat', [graph.node('Neg', [slice(half, headWidth)]), slice(0, half)], {
    attributes: { axis: 3 },
  });
  const [cos, sin] = rotaryTables(graph, step, time);
  const sum = graph.node('Add', [graph.node('Mul', [x, cos]), graph.node('Mul', [rotated, sin])]);
  return graph.node('Reshape', [sum, graph.integers([0, time, heads * headWidth])]);
}

/** cos and sin of position · theta^(−2i/headWidth), [time, 1, headWidth], both halves alike. */
function rotaryTables(
  graph: OnnxGraph,
  { headWidth, theta }: StepOf<'rotary'>,
  time: number,
): [string, string] {
  const names: [string, string] = [`cos ${theta} ${headWidth} ${time}`, `sin ${theta} ${headWidth} ${time}`];
  if (graph.has(names[0])) return names;
  const half = headWidth / 2;
  const angle = (i: number) => {
    const position = Math.floor(i / headWidth);
    return position * theta ** ((-2 * (i % half)) / headWidth);
  };
  const table = (f: (x: number) => number) =>
    Float32Array.from({ length: time * headWidth }, (_, i) => f(angle(i)));
  graph.floats(names[0], [time, 1, headWidth], table(Math.cos));
  graph.floats(names[1], [time, 1, headWidth], table(Math.sin));
  return names;
}

/** Gelu(approximate) exists since operator set 20; `tanh` is GPT-2's gelu_new. */
export function emitGelu(graph: OnnxGraph, form: 'tanh' | 'erf', input: string): string {
  return graph.node('Gelu', [input], { attributes: { approximate: form === 'tanh' ? 'tanh' : 'none' } });
}

/** silu(gate)·up */
export function emitSiluGate(graph: OnnxGraph, gate: string, up: string): string {
  const silu = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])]);
  return graph.node('Mul', [silu, up]);
}

/** x ÷ √(mean x² + ε) · weight, composed: the operator of its own came with a later operator set. */
export function emitRmsNorm(graph: OnnxGraph, input: string, weight: string, epsilon: number): string {
  const mean = graph.node('ReduceMean', [graph.node('Mul', [input, input]), graph.integers([-1])], {
    attributes: { keepdims: 1 },
  });
  const root = graph.node('Sqrt', [graph.node('Add', [mean, graph.scalar(epsilon)])]);
  return graph.node('Mul', [graph.node('Div', [input, root]), weight]);
}
