import { throwIfAborted } from '../base/errors';
import { interpret, type ModelShape, type Ops, type StepOf, type Value } from '../models/architecture';
import { readsClassToken, stepsOf } from '../models/program';
import { gridPositions } from '../models/sinusoids';
import { OnnxActivations } from './activations';
import { OnnxGraph, type Dimension } from './graph';
import { WindowPositions, type Positions } from './positions';
import {
  emitAdaptiveNorm,
  emitAttention,
  emitGelu,
  emitRmsNorm,
  emitRotary,
  emitSilu,
  emitSiluGate,
} from './operations';
import { ConstantWeights, type EmittableModel, type GraphWeights } from './weights';

/**
 * A model as an ONNX file for one sequence length and any batch size. A diffusion model has two more inputs: `time_features`
 * float32 [batch, 1, features], the sinusoids of the time step, and `class_labels` int64 [batch, 1].
 */
export interface EmittedModel {
  bytes: Uint8Array;
  /** `input_ids` int64 [batch, time], or `pixel_values` float32 [batch, channels, size, size]. */
  input: 'input_ids' | 'pixel_values';
  /** float32 [batch, time, vocabulary], [batch, classes], or of a diffusion model [batch, patches, patch² · channels]. */
  output: 'logits';
  time: number;
}

/**
 * Writes a model's forward pass as an ONNX graph of standard operators, by interpreting the program that our kernels run. The
 * weights are constants of the graph.
 * @param time sequence length of a language model; ignored for images
 * @param weightsIn makes the weights of a graph in another form
 * @throws LabError limit over 2 GiB; Cancelled
 */
export async function emitModel(
  model: EmittableModel,
  time: number,
  signal?: AbortSignal,
  weightsIn: (graph: OnnxGraph) => GraphWeights = (graph) => new ConstantWeights(graph, model),
): Promise<EmittedModel> {
  const { shape } = model;
  const graph = new OnnxGraph(model.id);
  const weights = weightsIn(graph);
  const positions = windowPositions(graph, shape, time);
  const emitter = new Emitter(graph, shape, weights, positions);
  const input = await emitter.trunk(signal);
  const { head } = shape.program;
  const logits = await weights.affine(emitter.scoredStates(), head);
  graph.nodeTo('logits', 'Identity', [logits]);
  graph.output('logits', 'float32', emitter.rowDims(head.outputs));
  return { bytes: graph.encode(), input, output: 'logits', time: positions.time };
}

/** The positions of whole sequences. @param time sequence length of a language model; images have their own */
export function windowPositions(graph: OnnxGraph, { image }: ModelShape, time: number): WindowPositions {
  return new WindowPositions(graph, image?.tokens ?? time);
}

/** The forward pass of a shape, which writes the nodes of its program into a graph. */
export class Emitter implements Ops {
  protected readonly graph: OnnxGraph;
  private readonly shape: ModelShape;
  private readonly weights: GraphWeights;
  private readonly positions: Positions;
  private readonly activations: OnnxActivations;

  constructor(graph: OnnxGraph, shape: ModelShape, weights: GraphWeights, positions: Positions) {
    this.graph = graph;
    this.shape = shape;
    this.weights = weights;
    this.positions = positions;
    this.activations = new OnnxActivations(graph);
  }

  /** Writes everything before the head. @returns the name of the graph's input */
  async trunk(signal?: AbortSignal): Promise<EmittedModel['input']> {
    const { program } = this.shape;
    const input = this.declareInput();
    for (const steps of [program.prologue, ...program.blocks, program.epilogue]) {
      throwIfAborted(signal);
      await interpret(steps, this);
    }
    return input;
  }

  /** Declares the tokens or pixels that the prologue reads. @returns the name of the graph's input */
  declareInput(): EmittedModel['input'] {
    const { image } = this.shape;
    const input = image ? 'pixel_values' : 'input_ids';
    this.declareConditions();
    if (image) this.graph.input(input, 'float32', ['batch', image.channels, image.size, image.size]);
    else this.graph.input(input, 'int64', ['batch', this.positions.time]);
    return input;
  }

  /** Declares what a diffusion model is told about each image; other models are told nothing. */
  declareConditions(): void {
    const { diffusion, program } = this.shape;
    if (!diffusion) return;
    const [{ out }] = stepsOf(program, 'timeFeatures');
    this.graph.input('time_features', 'float32', ['batch', 1, out.width]);
    this.graph.input('class_labels', 'int64', ['batch', 1]);
  }

  /** Declares an activation [batch, time, width] that another graph has computed. @param name the name of the graph's input */
  declareActivation(value: Value, input: string): void {
    const { name, width } = value;
    this.activations.write({ name, width }, this.graph.input(input, 'float32', this.valueDims(value)));
  }

  /** Dimensions of a whole activation. */
  valueDims({ width, perSequence }: Value): Dimension[] {
    return ['batch', perSequence ? 1 : this.positions.time, width];
  }

  /** Returns the graph value that holds an activation at this point, [batch, time, width]. */
  activation(value: Value): string {
    return this.activations.read(value);
  }

  /** Returns the states that the head reads: [batch, time, width], or of classified images the class token's, row 0, [batch, width]. */
  scoredStates(): string {
    const { graph } = this;
    const { hidden } = this.shape.program;
    const rows = this.activations.read(hidden);
    if (!readsClassToken(this.shape)) return rows;
    const first = graph.node('Slice', [rows, ...[0, 1, 1].map((n) => graph.integers([n]))]);
    return graph.node('Reshape', [first, graph.integers([0, hidden.width])]);
  }

  /** Dimensions of the scored states, or of what has as many rows. */
  rowDims(width: number): Dimension[] {
    return readsClassToken(this.shape) ? ['batch', width] : ['batch', this.positions.time, width];
  }

  async embed({ table, out }: StepOf<'embed'>): Promise<void> {
    const rows = await this.weights.tensor(table);
    this.activations.write(out, this.graph.node('Gather', [rows, 'input_ids'], { attributes: { axis: 0 } }));
  }

  async embedLabels({ table, out }: StepOf<'embedLabels'>): Promise<void> {
    const rows = await this.weights.tensor(table);
    this.activations.write(
      out,
      this.graph.node('Gather', [rows, 'class_labels'], { attributes: { axis: 0 } }),
    );
  }

  timeFeatures({ out }: StepOf<'timeFeatures'>): void {
    this.activations.write(out, 'time_features');
  }

  addGridPositions({ across, out }: StepOf<'addGridPositions'>): void {
    const values = Float32Array.from(gridPositions(across, out.width));
    const rows = this.graph.floats('grid positions', [across * across, out.width], values);
    this.activations.write(out, this.graph.node('Add', [this.activations.read(out), rows]));
  }

  async addPositions({ table, out, offset = 0 }: StepOf<'addPositions'>): Promise<void> {
    const rows = this.positions.rows(await this.weights.tensor(table), offset);
    this.activations.write(out, this.graph.node('Add', [this.activations.read(out), rows]));
  }

  /** Emits a convolution with stride = kernel, its patches moved down a row to leave room for the class token if there is one. */
  async patches(step: StepOf<'patches'>): Promise<void> {
    const { patch, channels, out, size } = step;
    const { graph, weights } = this;
    const count = (size / patch) ** 2;
    const weight = await weights.tensor(step.weight, [out.width, channels, patch, patch]);
    const bias = await weights.tensor(step.bias);
    const map = graph.node('Conv', ['pixel_values', weight, bias], {
      attributes: { kernel_shape: [patch, patch], strides: [patch, patch] },
    });
    const flat = graph.node('Reshape', [map, graph.integers([0, out.width, count])]);
    const rows = graph.node('Transpose', [flat], { attributes: { perm: [0, 2, 1] } });
    if (step.classToken === undefined) return this.activations.write(out, rows);
    const patches = graph.node('Pad', [rows, graph.integers([0, 1, 0, 0, 0, 0])]);
    const classToken = await weights.tensor(step.classToken, [1, 1, out.width]);
    const classRow = graph.node('Pad', [classToken, graph.integers([0, 0, 0, 0, count, 0])]);
    this.activations.write(out, graph.node('Add', [patches, classRow]));
  }

  pixels({ out }: StepOf<'pixels'>): void {
    const rows = this.graph.integers([0, 1, out.width]);
    this.activations.write(out, this.graph.node('Reshape', ['pixel_values', rows]));
  }

  async layerNorm(step: StepOf<'layerNorm'>): Promise<void> {
    const inputs = [
      this.activations.read(step.input),
      await this.weights.tensor(step.weight),
      await this.weights.tensor(step.bias),
    ];
    const attributes = { axis: -1, epsilon: { float: step.epsilon } };
    this.activations.write(step.out, this.graph.node('LayerNormalization', inputs, { attributes }));
  }

  adaptiveNorm({ input, shift, scale, epsilon, out }: StepOf<'adaptiveNorm'>): void {
    const [x, offset, factor] = [input, shift, scale].map((value) => this.activations.read(value));
    this.activations.write(
      out,
      emitAdaptiveNorm(this.graph, x, { offset, factor, width: out.width, epsilon }),
    );
  }

  async rmsNorm(step: StepOf<'rmsNorm'>): Promise<void> {
    const weight = await this.weights.tensor(step.weight);
    const input = this.activations.read(step.input);
    const { graph } = this;
    const { heads = 1, epsilon, out } = step;
    if (heads === 1) return this.activations.write(out, emitRmsNorm(graph, input, weight, epsilon));
    const split = graph.node('Reshape', [input, graph.integers([0, 0, heads, out.width / heads])]);
    const normed = emitRmsNorm(graph, split, weight, epsilon);
    this.activations.write(out, graph.node('Reshape', [normed, graph.integers([0, 0, out.width])]));
  }

  async linear({ input, out, ...layer }: StepOf<'linear'>): Promise<void> {
    this.activations.write(out, await this.weights.affine(this.activations.read(input), layer));
  }

  rotary(step: StepOf<'rotary'>): void {
    const { value } = step;
    this.activations.write(value, emitRotary(this.graph, step, this.positions, this.activations.read(value)));
  }

  attention(step: StepOf<'attention'>): void {
    const inputs = [step.query, step.key, step.value].map((v) => this.activations.read(v));
    const [query, newKey, newValue] = inputs;
    const [key, value] = this.positions.withEarlier(step.layer, newKey, newValue);
    this.activations.write(step.out, emitAttention(this.graph, step, this.positions, [query, key, value]));
  }

  gelu({ value, form }: StepOf<'gelu'>): void {
    this.activations.write(value, emitGelu(this.graph, form, this.activations.read(value)));
  }

  silu({ value }: StepOf<'silu'>): void {
    this.activations.write(value, emitSilu(this.graph, this.activations.read(value)));
  }

  relu({ value }: StepOf<'relu'>): void {
    this.activations.write(value, this.graph.node('Relu', [this.activations.read(value)]));
  }

  siluGate({ gate, up, out }: StepOf<'siluGate'>): void {
    const gated = emitSiluGate(this.graph, this.activations.read(gate), this.activations.read(up));
    this.activations.write(out, gated);
  }

  add({ input, out }: StepOf<'add'>): void {
    const sum = this.graph.node('Add', [this.activations.read(out), this.activations.read(input)]);
    this.activations.write(out, sum);
  }

  gatedAdd({ input, gate, out }: StepOf<'gatedAdd'>): void {
    const gated = this.graph.node('Mul', [this.activations.read(gate), this.activations.read(input)]);
    this.activations.write(out, this.graph.node('Add', [this.activations.read(out), gated]));
  }
}
