import { interpret, type ModelShape, type StepOf, type Value } from '../models/architecture';
import type { LinearInput } from '../models/linearInputs';
import { Emitter, windowPositions, type EmittedModel } from '../onnx/emit';
import { OnnxGraph } from '../onnx/graph';
import type { FedGraph } from '../onnx/lossGraphs';
import type { Positions } from '../onnx/positions';
import { FedWeights } from '../onnx/weights';
import type { WalkPart } from './walk';

/** A part of a model as a graph that also sums up the inputs of its linear layers. */
export interface StatisticsGraph extends FedGraph {
  /** The graph's input if the part begins with tokens or pixels. */
  input?: EmittedModel['input'];
  /** The activations whose statistics are collected. */
  collected: readonly LinearInput[];
}

/** The names of a graph's inputs; the updated value is the output `updated(name)`. */
export const stateName = ({ name }: Value) => `state ${name}`;
export const statisticNames = ({ weights: [weight] }: LinearInput) => ({
  gram: `XᵀX of ${weight}`,
  sums: `Σ|x| of ${weight}`,
  largest: `max|x| of ${weight}`,
});
/** The output with the rows themselves, where they are asked for. */
export const rowsName = ({ weights: [weight] }: LinearInput) => `rows of ${weight}`;
export const updated = (name: string) => `updated ${name}`;

/**
 * Writes a part of a model for any number of sequences. Inputs: the weights; the tokens or pixels, or the states [sequences, time,
 * width] of the part before; and for each collected activation X the sums so far: XᵀX [width, width], and Σ|x| and max|x| [width].
 * Outputs: the new states if they are saved, and the sums with those of the batch, so that no activation leaves the graph but the
 * states, unless the rows of the collected ones are asked for. A diffusion model also has the inputs of `Emitter.declareConditions`.
 * @param time tokens of a window; images have their own
 */
export async function emitStatistics(
  shape: ModelShape,
  time: number,
  part: WalkPart & { withRows: boolean },
  carried: readonly Value[],
  groups: readonly LinearInput[],
): Promise<StatisticsGraph> {
  const graph = new OnnxGraph('statistics');
  const weights = new FedWeights(graph, shape);
  const positions = windowPositions(graph, shape, time);
  const collecting = part.collects ? groups : [];
  const emitter = new CollectingEmitter(graph, shape, weights, positions, collecting, part.withRows);
  const input = part.reads ? undefined : emitter.declareInput();
  if (part.reads) {
    emitter.declareConditions();
    for (const value of carried) emitter.declareActivation(value, stateName(value));
  }
  await interpret(part.steps, emitter);
  if (part.head !== undefined) emitter.collect(part.head, emitter.scoredStates());
  if (part.saves)
    for (const value of carried) {
      graph.nodeTo(updated(stateName(value)), 'Identity', [emitter.activation(value)]);
      graph.output(updated(stateName(value)), 'float32', emitter.valueDims(value));
    }
  return {
    bytes: graph.encode(),
    weights: weights.inputs,
    rounded: weights.rounded,
    collected: emitter.collected,
    ...(input && { input }),
  };
}

/** Writes a forward pass and sums up the inputs of its linear layers. */
class CollectingEmitter extends Emitter {
  readonly collected: LinearInput[] = [];
  private readonly groups: readonly LinearInput[];
  private readonly withRows: boolean;

  constructor(
    graph: OnnxGraph,
    shape: ModelShape,
    weights: FedWeights,
    positions: Positions,
    groups: readonly LinearInput[],
    withRows: boolean,
  ) {
    super(graph, shape, weights, positions);
    this.groups = groups;
    this.withRows = withRows;
  }

  override async linear(step: StepOf<'linear'>): Promise<void> {
    this.collect(step.weight, this.activation(step.input));
    await super.linear(step);
  }

  /** Writes the statistics of an activation when the first of its layers is met. @param x [..., width] */
  collect(weight: string, x: string): void {
    const group = this.groups.find(({ weights }) => weights.includes(weight));
    if (!group || this.collected.includes(group)) return;
    this.collected.push(group);
    const { graph } = this;
    const { width } = group;
    const names = statisticNames(group);
    const rows = graph.node('Reshape', [x, graph.integers([-1, width])]);
    if (this.withRows) {
      graph.nodeTo(rowsName(group), 'Identity', [rows]);
      graph.output(rowsName(group), 'float32', ['rows', width]);
    }
    const magnitudes = graph.node('Abs', [rows]);
    const overRows = { attributes: { keepdims: 0 } };
    const sums = graph.node('ReduceSum', [magnitudes, graph.integers([0])], overRows);
    const largest = graph.node('ReduceMax', [magnitudes, graph.integers([0])], overRows);
    const gram = graph.input(names.gram, 'float32', [width, width]);
    graph.nodeTo(updated(gram), 'Gemm', [rows, rows, gram], { attributes: { transA: 1 } });
    graph.output(updated(gram), 'float32', [width, width]);
    this.accumulate(names.sums, 'Add', sums, width);
    this.accumulate(names.largest, 'Max', largest, width);
  }

  /** Writes a value [width] that `operator` combines with its value so far. */
  private accumulate(name: string, operator: 'Add' | 'Max', ofBatch: string, width: number): void {
    const { graph } = this;
    graph.nodeTo(updated(name), operator, [graph.input(name, 'float32', [width]), ofBatch]);
    graph.output(updated(name), 'float32', [width]);
  }
}
