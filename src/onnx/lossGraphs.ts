import type { ModelShape } from '../models/architecture';
import { Emitter, windowPositions, type EmittedModel } from './emit';
import { OnnxGraph, type ElementType } from './graph';
import type { RoundedLayer } from './inputRounding';
import { FedWeights, type FedWeight, type RoundedWeights } from './weights';

/** A graph whose weights are fed at each run. */
export interface FedGraph {
  bytes: Uint8Array;
  weights: readonly FedWeight[];
  /** Layers whose rounding of their input is fed, too. */
  rounded: readonly RoundedLayer[];
}

/** The forward pass of a shape without its head: `states` float32 [batch, time, width], or [batch, width] of images. */
export interface StatesGraph extends FedGraph {
  input: EmittedModel['input'];
}

/**
 * Writes the forward pass before the head.
 * @param time sequence length of a language model; images have their own
 * @param rounding the weights of the layers that round their input
 */
export async function emitStates(
  shape: ModelShape,
  time: number,
  rounding?: RoundedWeights,
): Promise<StatesGraph> {
  const graph = new OnnxGraph('states');
  const weights = new FedWeights(graph, shape, { rounding });
  const emitter = new Emitter(graph, shape, weights, windowPositions(graph, shape, time));
  const input = await emitter.trunk();
  graph.nodeTo('states', 'Identity', [emitter.scoredStates()]);
  graph.output('states', 'float32', emitter.rowDims(shape.program.hidden.width));
  return { bytes: graph.encode(), input, weights: weights.inputs, rounded: weights.rounded };
}

/** The head and the losses of rows: what the host needs of [rows, vocabulary] logits, which never leave the graph. */
export interface LossGraph extends FedGraph {
  /** The baseline's weights, whose inputs are named with BASELINE before the tensor's name. */
  baselineWeights: readonly FedWeight[];
}

/** What a graph of losses computes besides them. */
export interface LossOutputs {
  withBaseline: boolean;
  withUncertainty: boolean;
  withRank: boolean;
}

/** Stands before the names of what belongs to the baseline. */
export const BASELINE = 'baseline ';

/** Below every logit. */
const LOWEST = -3e38;

/**
 * Writes head and losses. Logits are taken relative to the largest of their row. Inputs: `states` float32 [rows, width] and
 * `targets` int64 [rows, 1]; with a baseline its states. Outputs [rows, 1]: `sum` of the logits' exponentials, `targetLogit`, the
 * logit of the target, and `top`, the first arg-max (int64); with a baseline the `sum` of its exponentials, and `gap` = Σ
 * exp(a) · (a − b), where a are the baseline's logits and b the codec's; with uncertainty `moment` = Σ exp(b) · b, and `second`, the
 * second largest logit; with ranks `larger`, the number of logits above the target's.
 * @param rounding the weights of the layers that round their input; the baseline's do not
 */
export async function emitLosses(
  shape: ModelShape,
  { withBaseline, withUncertainty, withRank }: LossOutputs,
  rounding?: RoundedWeights,
): Promise<LossGraph> {
  const graph = new OnnxGraph('losses');
  const weights = new FedWeights(graph, shape, { rounding });
  const baselineWeights = new FedWeights(graph, shape, { inputName: (tensor) => BASELINE + tensor });
  graph.input('targets', 'int64', ['rows', 1]);
  const own = await emitRelativeLogits(graph, shape, weights, 'states');
  const ownExponentials = graph.node('Exp', [own]);
  emitOutput(graph, 'sum', emitSum(graph, ownExponentials));
  const targetLogit = graph.node('GatherElements', [own, 'targets'], { attributes: { axis: 1 } });
  emitOutput(graph, 'targetLogit', targetLogit);
  if (withRank) emitOutput(graph, 'larger', emitLarger(graph, own, targetLogit));
  const top = emitArgMax(graph, own, shape.program.head.outputs);
  emitOutput(graph, 'top', top, 'int64');
  if (withUncertainty) {
    emitOutput(graph, 'moment', emitSum(graph, graph.node('Mul', [ownExponentials, own])));
    emitOutput(graph, 'second', emitSecond(graph, own, top));
  }
  if (withBaseline) {
    const base = await emitRelativeLogits(graph, shape, baselineWeights, `${BASELINE}states`);
    const exponentials = graph.node('Exp', [base]);
    emitOutput(graph, `${BASELINE}sum`, emitSum(graph, exponentials));
    const weighted = graph.node('Mul', [exponentials, graph.node('Sub', [base, own])]);
    emitOutput(graph, 'gap', emitSum(graph, weighted));
  }
  const { inputs, rounded } = weights;
  return { bytes: graph.encode(), weights: inputs, rounded, baselineWeights: baselineWeights.inputs };
}

/** Returns the logits [rows, vocabulary] minus the largest of their row, so that no exponential overflows. */
async function emitRelativeLogits(
  graph: OnnxGraph,
  { program }: ModelShape,
  weights: FedWeights,
  states: string,
): Promise<string> {
  graph.input(states, 'float32', ['rows', program.hidden.width]);
  const logits = await weights.affine(states, program.head);
  return graph.node('Sub', [logits, graph.node('ReduceMax', [logits, graph.integers([1])])]);
}

/**
 * Returns the first arg-max of each row, int64 [rows, 1]. The runtime looks for the place of the largest value one by one, but for the
 * value itself in vectors. So a row is cut into runs, and the place is looked for among their maxima and in one run alone. A row with
 * NaN gets any place; its loss is NaN as well, and is refused.
 */
export function emitArgMax(graph: OnnxGraph, values: string, columns: number): string {
  const run = largestDivisorToRoot(columns);
  const runs = graph.node('Reshape', [values, graph.integers([0, -1, run])]);
  const maxima = graph.node('ReduceMax', [runs, graph.integers([2])], { attributes: { keepdims: 0 } });
  const argMax = (of: string) => graph.node('ArgMax', [of], { attributes: { axis: 1 } });
  const first = argMax(maxima);
  const inside = argMax(graph.node('GatherND', [runs, first], { attributes: { batch_dims: 1 } }));
  return graph.node('Add', [graph.node('Mul', [first, graph.integers([run])]), inside]);
}

/** Returns the largest divisor of n up to √n. */
function largestDivisorToRoot(n: number): number {
  let divisor = Math.floor(Math.sqrt(n));
  while (n % divisor !== 0) divisor--;
  return divisor;
}

/** Returns the largest of the logits of each row without the first arg-max. */
function emitSecond(graph: OnnxGraph, logits: string, top: string): string {
  const largest = graph.node('ReduceMax', [logits, graph.integers([1])]);
  const lowest = graph.node('Add', [largest, graph.scalar(LOWEST)]);
  const others = graph.node('ScatterElements', [logits, top, lowest], { attributes: { axis: 1 } });
  return graph.node('ReduceMax', [others, graph.integers([1])]);
}

/** Returns the number of logits of each row that are above a value [rows, 1]; float32 counts exactly below 2²⁴. */
function emitLarger(graph: OnnxGraph, logits: string, value: string): string {
  const isLarger = graph.node('Greater', [logits, value]);
  return emitSum(graph, graph.node('Where', [isLarger, graph.scalar(1), graph.scalar(0)]));
}

function emitSum(graph: OnnxGraph, values: string): string {
  return graph.node('ReduceSum', [values, graph.integers([1])]);
}

function emitOutput(graph: OnnxGraph, name: string, value: string, type: ElementType = 'float32'): void {
  graph.nodeTo(name, 'Identity', [value]);
  graph.output(name, type, ['rows', 1]);
}
