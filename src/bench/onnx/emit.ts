import { invariant, throwIfAborted } from '../../base/errors';
import { interpret, type Ops, type StepOf, type TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { transposedMatrixValues } from '../../models/load/orientation';
import { Activations } from './activations';
import { OnnxGraph } from './graph';
import { emitAttention, emitGelu, emitRmsNorm, emitRotary, emitSiluGate } from './operations';

/** A model as an ONNX file for one sequence length; the batch is free. */
export interface EmittedModel {
  bytes: Uint8Array;
  /** `input_ids` int64 [batch, time], or `pixel_values` float32 [batch, channels, size, size]. */
  input: 'input_ids' | 'pixel_values';
  /** float32 [batch, time, vocabulary], or [batch, classes]. */
  output: 'logits';
  time: number;
}

/** What a graph is written from. */
export type EmittableModel = Pick<Model, 'id' | 'shape' | 'tensor'>;

/**
 * Writes a model's forward pass as an ONNX graph of standard operators, interpreting the same program our kernels run.
 * @param time sequence length of a language model; images have their own
 */
export async function emitModel(
  model: EmittableModel,
  time: number,
  signal?: AbortSignal,
): Promise<EmittedModel> {
  const emitter = new Emitter(model, model.shape.image?.tokens ?? time, signal);
  return emitter.emit();
}

class Emitter implements Ops {
  private readonly model: EmittableModel;
  private readonly time: number;
  private readonly signal?: AbortSignal;
  private readonly graph: OnnxGraph;
  private readonly activations: Activations;
  private readonly specs: ReadonlyMap<string, TensorSpec>;

  constructor(model: EmittableModel, time: number, signal?: AbortSignal) {
    this.model = model;
    this.time = time;
    this.signal = signal;
    this.graph = new OnnxGraph(model.id);
    this.activations = new Activations(this.graph);
    this.specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
  }

  async emit(): Promise<EmittedModel> {
    const { program, image } = this.model.shape;
    const input = image ? 'pixel_values' : 'input_ids';
    if (image) this.graph.input(input, 'float32', ['batch', image.channels, image.size, image.size]);
    else this.graph.input(input, 'int64', ['batch', this.time]);
    for (const steps of [program.prologue, ...program.blocks, program.epilogue]) {
      throwIfAborted(this.signal);
      await interpret(steps, this);
    }
    await this.head();
    return { bytes: this.graph.encode(), input, output: 'logits', time: this.time };
  }

  async embed({ table, out }: StepOf<'embed'>): Promise<void> {
    const rows = await this.constant(table);
    this.activations.write(out, this.graph.node('Gather', [rows, 'input_ids'], { attributes: { axis: 0 } }));
  }

  async addPositions({ table, out, offset = 0 }: StepOf<'addPositions'>): Promise<void> {
    const spec = this.spec(table);
    const width = spec.matrix[1];
    const rows = (await this.model.tensor(spec)).subarray(offset * width, (offset + this.time) * width);
    const positions = this.graph.floats(`${table} ${this.time}`, [this.time, width], rows);
    this.activations.write(out, this.graph.node('Add', [this.activations.read(out), positions]));
  }

  /** A convolution with stride = kernel; the class token enters as a padded row plus a constant table. */
  async patches(step: StepOf<'patches'>): Promise<void> {
    const { patch, channels, out, size } = step;
    const { graph } = this;
    const count = (size / patch) ** 2;
    const weight = await this.shaped(step.weight, [out.width, channels, patch, patch]);
    const bias = await this.constant(step.bias);
    const map = graph.node('Conv', ['pixel_values', weight, bias], {
      attributes: { kernel_shape: [patch, patch], strides: [patch, patch] },
    });
    const flat = graph.node('Reshape', [map, graph.integers([0, out.width, count])]);
    const rows = graph.node('Transpose', [flat], { attributes: { perm: [0, 2, 1] } });
    const padded = graph.node('Pad', [rows, graph.integers([0, 1, 0, 0, 0, 0])]);
    const table = new Float32Array((1 + count) * out.width);
    table.set(await this.model.tensor(this.spec(step.classToken)));
    const classRow = graph.floats('class token row', [1 + count, out.width], table);
    this.activations.write(out, graph.node('Add', [padded, classRow]));
  }

  pixels({ out }: StepOf<'pixels'>): void {
    const rows = this.graph.integers([0, 1, out.width]);
    this.activations.write(out, this.graph.node('Reshape', ['pixel_values', rows]));
  }

  async layerNorm(step: StepOf<'layerNorm'>): Promise<void> {
    const inputs = [
      this.activations.read(step.input),
      await this.constant(step.weight),
      await this.constant(step.bias),
    ];
    const attributes = { axis: -1, epsilon: { float: step.epsilon } };
    this.activations.write(step.out, this.graph.node('LayerNormalization', inputs, { attributes }));
  }

  async rmsNorm(step: StepOf<'rmsNorm'>): Promise<void> {
    const weight = await this.constant(step.weight);
    const input = this.activations.read(step.input);
    const { graph, time } = this;
    const { heads = 1, epsilon, out } = step;
    if (heads === 1) return this.activations.write(out, emitRmsNorm(graph, input, weight, epsilon));
    const split = graph.node('Reshape', [input, graph.integers([0, time, heads, out.width / heads])]);
    const normed = emitRmsNorm(graph, split, weight, epsilon);
    this.activations.write(out, graph.node('Reshape', [normed, graph.integers([0, time, out.width])]));
  }

  async linear({ input, weight, bias, out }: StepOf<'linear'>): Promise<void> {
    this.activations.write(out, await this.affine(this.activations.read(input), weight, bias));
  }

  rotary(step: StepOf<'rotary'>): void {
    const { value } = step;
    this.activations.write(value, emitRotary(this.graph, step, this.time, this.activations.read(value)));
  }

  attention(step: StepOf<'attention'>): void {
    const inputs = [step.query, step.key, step.value].map((v) => this.activations.read(v));
    const [query, key, value] = inputs;
    this.activations.write(step.out, emitAttention(this.graph, step, this.time, [query, key, value]));
  }

  gelu({ value, form }: StepOf<'gelu'>): void {
    this.activations.write(value, emitGelu(this.graph, form, this.activations.read(value)));
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

  /** Images are classified by their class token, row 0. */
  private async head(): Promise<void> {
    const { graph } = this;
    const { hidden, head } = this.model.shape.program;
    const { image } = this.model.shape;
    let rows = this.activations.read(hidden);
    if (image) {
      const first = graph.node('Slice', [rows, ...[0, 1, 1].map((n) => graph.integers([n]))]);
      rows = graph.node('Reshape', [first, graph.integers([0, hidden.width])]);
    }
    graph.nodeTo('logits', 'Identity', [await this.affine(rows, head.weight, head.bias)]);
    graph.output('logits', 'float32', image ? ['batch', head.outputs] : ['batch', this.time, head.outputs]);
  }

  private async affine(input: string, weight: string, bias?: string): Promise<string> {
    const product = this.graph.node('MatMul', [input, await this.transposed(weight)]);
    return bias ? this.graph.node('Add', [product, await this.constant(bias)]) : product;
  }

  private spec(name: string): TensorSpec {
    const spec = this.specs.get(name);
    invariant(spec, `the program names "${name}", which the model does not have`);
    return spec;
  }

  /** A matrix [out, in] or vector [n] as it is. */
  private constant(name: string): Promise<string> {
    const [rows, columns] = this.spec(name).matrix;
    return this.shaped(name, rows === 1 ? [columns] : [rows, columns]);
  }

  private async shaped(name: string, dims: readonly number[]): Promise<string> {
    if (this.graph.has(name)) return name;
    return this.graph.floats(name, dims, await this.model.tensor(this.spec(name)));
  }

  /** Wᵀ [in, out]: what MatMul wants on its right. */
  private async transposed(name: string): Promise<string> {
    const key = `${name} transposed`;
    if (this.graph.has(key)) return key;
    const spec = this.spec(name);
    const [rows, columns] = spec.matrix;
    return this.graph.floats(
      key,
      [columns, rows],
      transposedMatrixValues(await this.model.tensor(spec), rows, columns),
    );
  }
}
