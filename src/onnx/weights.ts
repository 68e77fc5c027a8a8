import { invariant } from '../base/errors';
import type { ModelShape, TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { transposedMatrixValues } from '../models/load/orientation';
import type { OnnxGraph } from './graph';
import { roundsByTime, type InputRounding } from '../models/inputRounding';
import { emitTimeRounding } from './timeRounding';
import { addRounding, declareRounding, emitInputRounding, type RoundedLayer } from './inputRounding';
import { floatTensor, type Tensors } from './session';
import type { OnnxRuntime } from './runtime';

/** What a graph is written from. */
export interface EmittableModel extends Pick<Model, 'id' | 'shape' | 'tensor'> {
  /** How a layer quantises its input, by the name of its weight; absent if none does. */
  inputRounding?: ReadonlyMap<string, InputRounding>;
}

/** Where a graph has its weights from. All of them are canonical: matrices [out, in], vectors [n]. */
export interface GraphWeights {
  /** The graph value of a tensor. @param dims its dimensions in the graph, by default those of the matrix or vector */
  tensor(name: string, dims?: readonly number[]): Promise<string>;
  /** x · Wᵀ + b, for x [batch, time, in] or [batch, in]; without b where there is no bias. */
  affine(x: string, layer: LinearLayer): Promise<string>;
}

/** The tensors of a linear layer, by name. */
interface LinearLayer {
  weight: string;
  bias?: string;
}

/** Writes the weights of a model into the graph as constants. */
export class ConstantWeights implements GraphWeights {
  protected readonly graph: OnnxGraph;
  private readonly model: EmittableModel;
  private readonly specOf: (name: string) => TensorSpec;

  constructor(graph: OnnxGraph, model: EmittableModel) {
    this.graph = graph;
    this.model = model;
    this.specOf = specsByName(model.shape);
  }

  async tensor(name: string, dims: readonly number[] = dimsOf(this.specOf(name))): Promise<string> {
    if (this.graph.has(name)) return name;
    return this.graph.floats(name, dims, await this.model.tensor(this.specOf(name)));
  }

  async affine(x: string, { weight, bias }: LinearLayer): Promise<string> {
    const product = await this.product(this.rounded(x, weight), weight);
    return bias ? this.graph.node('Add', [product, await this.tensor(bias)]) : product;
  }

  /** Returns x · Wᵀ. */
  protected async product(x: string, weight: string): Promise<string> {
    return this.graph.node('MatMul', [x, await this.transposed(weight)]);
  }

  private rounded(x: string, weight: string): string {
    const rounding = this.model.inputRounding?.get(weight);
    if (!rounding) return x;
    if (roundsByTime(rounding)) return emitTimeRounding(this.graph, weight, rounding, x);
    const layer = { weight, columns: this.specOf(weight).matrix[1], label: weight };
    addRounding(this.graph, layer, rounding);
    return emitInputRounding(this.graph, layer, x);
  }

  /** Wᵀ [in, out]: MatMul takes it so on its right. */
  private async transposed(name: string): Promise<string> {
    const key = `${name} transposed`;
    if (this.graph.has(key)) return key;
    const spec = this.specOf(name);
    const [rows, columns] = spec.matrix;
    const values = transposedMatrixValues(await this.model.tensor(spec), rows, columns);
    return this.graph.floats(key, [columns, rows], values);
  }
}

/** An input of a graph that is a tensor of the model. */
export interface FedWeight {
  /** Name of the tensor. */
  name: string;
  /** Name of the graph's input. */
  input: string;
  dims: readonly number[];
}

/** The names of the weights whose layers round their input, such as the keys of a map. */
export type RoundedWeights = Pick<ReadonlySet<string>, 'has'>;

interface FedOptions {
  /** By default no layer rounds its input. */
  rounding?: RoundedWeights;
  /** Names the input of the tensor that is declared as number `index`; by default as the tensor. */
  inputName?: (tensor: string, index: number) => string;
}

/** Declares weights as inputs of the graph, so that one session serves every set of values. */
export class FedWeights implements GraphWeights {
  readonly inputs: FedWeight[] = [];
  /** The layers met so far that round their input. */
  readonly rounded: RoundedLayer[] = [];
  private readonly graph: OnnxGraph;
  private readonly inputName: (tensor: string, index: number) => string;
  private readonly rounding: RoundedWeights;
  private readonly specOf: (name: string) => TensorSpec;

  constructor(
    graph: OnnxGraph,
    shape: ModelShape,
    { rounding = new Set(), inputName = (tensor) => tensor }: FedOptions = {},
  ) {
    this.graph = graph;
    this.inputName = inputName;
    this.rounding = rounding;
    this.specOf = specsByName(shape);
  }

  async tensor(name: string, dims: readonly number[] = dimsOf(this.specOf(name))): Promise<string> {
    const known = this.inputs.find((weight) => weight.name === name);
    if (known) return known.input;
    const input = this.inputName(name, this.inputs.length);
    this.inputs.push({ name, input, dims });
    return this.graph.input(input, 'float32', dims);
  }

  /** Gemm multiplies by the matrix as it is stored, but two-dimensional rows only. */
  async affine(x: string, { weight, bias }: LinearLayer): Promise<string> {
    const { graph } = this;
    const at = (...values: number[]) => graph.integers(values);
    const [outputs, inputs] = this.specOf(weight).matrix;
    const label = await this.tensor(weight);
    const input = this.rounding.has(weight) ? this.round(x, { weight, columns: inputs, label }) : x;
    const operands = [graph.node('Reshape', [input, at(-1, inputs)]), label];
    if (bias) operands.push(await this.tensor(bias));
    const rows = graph.node('Gemm', operands, { attributes: { transB: 1 } });
    const leading = graph.node('Slice', [graph.node('Shape', [x]), at(0), at(-1), at(0)]);
    const dims = graph.node('Concat', [leading, at(outputs)], { attributes: { axis: 0 } });
    return graph.node('Reshape', [rows, dims]);
  }

  private round(x: string, layer: RoundedLayer): string {
    this.rounded.push(layer);
    declareRounding(this.graph, layer);
    return emitInputRounding(this.graph, layer, x);
  }
}

function dimsOf({ matrix: [rows, columns] }: TensorSpec): readonly number[] {
  return rows === 1 ? [columns] : [rows, columns];
}

function specsByName({ tensors }: ModelShape): (name: string) => TensorSpec {
  const specs = new Map(tensors.map((spec) => [spec.name, spec]));
  return (name) => {
    const spec = specs.get(name);
    invariant(spec, `the program names "${name}", which the model does not have`);
    return spec;
  };
}

/**
 * Makes the tensors of the weights that a graph is fed.
 * @param values the weights by name; all of `inputs` are among them
 */
export function weightFeeds(
  runtime: OnnxRuntime,
  inputs: readonly FedWeight[],
  values: ReadonlyMap<string, Float32Array>,
): Tensors {
  const feeds = inputs.map(({ name, input, dims }) => [input, floatTensor(runtime, values.get(name)!, dims)]);
  return Object.fromEntries(feeds) as Tensors;
}
