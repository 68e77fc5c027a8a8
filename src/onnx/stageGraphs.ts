import { interpret, type ModelShape, type Value } from '../models/architecture';
import { carriedValues, type Stage } from '../models/program';
import { Emitter, windowPositions, type EmittedModel } from './emit';
import { OnnxGraph } from './graph';
import type { FedGraph } from './lossGraphs';
import { FedWeights, type RoundedWeights } from './weights';

/**
 * One stage of a forward pass. The first reads the model's `input`, and the last returns the `states` that the head reads; between
 * stages pass activations [batch, time, width].
 */
export interface StageGraph extends FedGraph {
  input?: EmittedModel['input'];
  /** Activations that are inputs, under their own names. */
  reads: readonly Value[];
  /** Activations that are outputs, with the names of the outputs. */
  writes: readonly { name: string; output: string }[];
}

/**
 * Writes a stage. Weights are numbered, so that stages that differ in nothing but their weights have equal bytes.
 * @param time sequence length of a language model; images have their own
 * @param rounding the weights of the layers that round their input
 */
export async function emitStage(
  shape: ModelShape,
  time: number,
  stage: Stage,
  rounding?: RoundedWeights,
): Promise<StageGraph> {
  const graph = new OnnxGraph('stage');
  const weights = new FedWeights(graph, shape, { rounding, inputName: (_, index) => `weight ${index}` });
  const positions = windowPositions(graph, shape, time);
  const emitter = new Emitter(graph, shape, weights, positions);
  const carried = carriedValues(shape.program);
  const input = stage.isFirst ? emitter.declareInput() : undefined;
  const reads = stage.isFirst ? [] : carried;
  for (const value of reads) emitter.declareActivation(value, value.name);
  await interpret(stage.steps, emitter);
  const writes = stage.isLast ? [] : carried;
  const outputs = writes.map((value) => {
    const output = `${value.name} after`;
    graph.nodeTo(output, 'Identity', [emitter.activation(value)]);
    graph.output(output, 'float32', ['batch', positions.time, value.width]);
    return output;
  });
  if (stage.isLast) {
    graph.nodeTo('states', 'Identity', [emitter.scoredStates()]);
    graph.output('states', 'float32', emitter.rowDims(shape.program.hidden.width));
  }
  return {
    bytes: graph.encode(),
    weights: weights.inputs,
    rounded: weights.rounded,
    ...(input && { input }),
    reads,
    writes: writes.map(({ name }, i) => ({ name, output: outputs[i] })),
  };
}
