import { quoted } from '../../base/shown';
import type { FileTensor } from '../fileTensor';
import type { QuantisedCheckpoint } from '../quantised/types';
import type { OnnxModel, OnnxNode } from './graph';
import { openLinearCodes, type LinearCodes } from './linearScale';
import { nBitsScheme, openMatMulNBits } from './matMulNBits';
import { TransposedTensor } from './transposed';
import { constantIn, isCodes, isFloats, notRead, type OnnxValues } from './values';

/** Operators that hold weights in forms that are not read. */
const REFUSED =
  /^(QLinear|QGemm|QAttention|QMoE|MoE|DynamicQuantize(MatMul|LSTM)|MatMulIntegerToFloat|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized)/;
/** What quantisers append to the name of a constant. */
const SUFFIX = /_(quantized|Q\d)$/;
/** Nodes that a weight may pass through on its way. */
const MAX_STEPS = 8;

/** What the reader must know about the tensors of a model. */
export interface OnnxTensorNames {
  /** Whether the model has a tensor of this name. */
  has: (name: string) => boolean;
  /** Whether the checkpoint stores it as [in, out], as GPT-2's Conv1D does, and not as the [out, in] of a Linear. */
  isConv1d: (name: string) => boolean;
}

/** A constant that a node computes with, as the node sees it. */
interface WeightInput {
  constant: string;
  /** Whether the node sees its transpose. */
  transposed: boolean;
  /** The scale and zero point, if the constant holds codes. */
  codes?: LinearCodes;
}

/**
 * Finds the weights of a model in its ONNX graph, as torch exports it and ONNX Runtime's quantisers rewrite it. A constant belongs to
 * the tensor of its own name, or, where the exporter gave it another, to the module whose path begins the name of its node, such as
 * `/model/layers.0/mlp/up_proj/MatMul`. The node says how the matrix lies: MatMul computes x · W.
 * @throws LabError unsupported for a form of weights, or a constant, that is not understood; bad-file for damaged ones
 */
export function openOnnxWeights(
  model: OnnxModel,
  values: OnnxValues,
  names: OnnxTensorNames,
): QuantisedCheckpoint {
  const finder = new WeightFinder(model, values, names);
  for (const node of model.nodes) finder.add(node);
  finder.addNamed();
  return finder.finish();
}

class WeightFinder {
  private readonly tensors = new Map<string, FileTensor>();
  private readonly claimed = new Set<string>();
  private readonly producers = new Map<string, OnnxNode>();
  private readonly consumers = new Map<string, OnnxNode[]>();
  private readonly schemes = new Set<string>();
  private quantisesInputs = false;

  constructor(
    private readonly model: OnnxModel,
    private readonly values: OnnxValues,
    private readonly names: OnnxTensorNames,
  ) {
    for (const node of model.nodes) {
      for (const output of node.outputs) this.producers.set(output, node);
      for (const input of node.inputs) {
        const known = this.consumers.get(input);
        if (known) known.push(node);
        else this.consumers.set(input, [node]);
      }
    }
  }

  add(node: OnnxNode): void {
    if (REFUSED.test(node.operator)) throw notRead(`${quoted(node.name)} is a ${node.operator}`);
    switch (node.operator) {
      case 'MatMulNBits':
        return this.addNBits(node);
      case 'MatMul':
        return this.addMatrix(node, this.weightOf(node.inputs[1]));
      case 'Gemm':
        return this.addGemm(node);
      case 'MatMulInteger':
        this.quantisesInputs = true;
        return this.addMatrix(node, this.integerWeight(node));
      case 'ConvInteger':
        this.quantisesInputs = true;
        return this.addAsItIs(node, this.integerWeight(node));
      case 'Conv':
        return this.addAsItIs(node, this.weightOf(node.inputs[1]));
      case 'Gather':
        return this.addTable(node);
    }
  }

  /** Adds the constants that have the name of a tensor and no node above took, such as norms and biases. */
  addNamed(): void {
    for (const name of this.model.constants.keys())
      if (!this.claimed.has(name) && this.names.has(name) && isFloats(this.values, name))
        this.claim(name, name, constantIn(this.values, name)!);
  }

  finish(): QuantisedCheckpoint {
    const schemes = this.schemes.size > 0 ? [...this.schemes] : this.floatTypes();
    return {
      scheme: `ONNX, ${schemes.join(' and ')}`,
      ...(this.quantisesInputs && { note: 'ONNX Runtime quantises activations to 8 bits as well' }),
      tensors: this.tensors,
    };
  }

  private floatTypes(): string[] {
    return [...new Set([...this.tensors.values()].map(({ dtype }) => dtype))];
  }

  private addNBits(node: OnnxNode): void {
    const [, codes, , , , bias] = node.inputs;
    const name = this.nameOf(node, codes);
    this.schemes.add(`MatMulNBits, ${nBitsScheme(node)}`);
    this.claim(name, codes, openMatMulNBits(node, this.values, this.names.isConv1d(name)));
    if (bias && !this.names.has(bias))
      throw notRead(`${quoted(node.name)} adds the constant ${quoted(bias)}`);
  }

  private addGemm(node: OnnxNode): void {
    const weight = this.weightOf(node.inputs[1]);
    if (!weight) return;
    const { integers, floats } = node;
    if (integers.get('transA')?.[0] || (floats.get('alpha') ?? 1) !== 1 || (floats.get('beta') ?? 1) !== 1)
      throw notRead(`${quoted(node.name)} scales or transposes its inputs`);
    const transposed = weight.transposed !== Boolean(integers.get('transB')?.[0]);
    this.addMatrix(node, { ...weight, transposed });
  }

  /** Adds a matrix [in, out] as the node sees it. */
  private addMatrix(node: OnnxNode, weight: WeightInput | undefined): void {
    if (!weight || this.model.constants.get(weight.constant)?.dims.length !== 2) return;
    const name = this.nameOf(node, weight.constant);
    this.addWeight(name, { ...weight, transposed: weight.transposed === this.names.isConv1d(name) });
  }

  private addAsItIs(node: OnnxNode, weight: WeightInput | undefined): void {
    if (weight) this.addWeight(this.nameOf(node, weight.constant), weight);
  }

  /** Adds a table of which rows are gathered. Constants of other kinds are gathered from, too; those of no tensor are passed over. */
  private addTable(node: OnnxNode): void {
    const weight = this.weightOf(node.inputs[0]);
    if (!weight) return;
    const name = cleanName(weight.constant);
    if (isFloats(this.values, weight.constant) && !this.names.has(name)) return;
    if (isCodes(this.values, weight.constant) && !weight.codes) {
      const restoring = this.onlyConsumer(node.outputs[0], 'DequantizeLinear');
      if (!restoring) throw notRead(`the codes ${quoted(weight.constant)} are gathered, but not restored`);
      weight.codes = dequantised(weight.constant, restoring);
      if (this.model.constants.get(weight.codes.scale)?.dims.length)
        throw notRead(`the scale of ${quoted(name)} is no scalar`);
    }
    if (weight.codes || isFloats(this.values, weight.constant)) this.addAsItIs(node, weight);
  }

  /** Adds a weight whose constant is the tensor, or its transpose. */
  private addWeight(name: string, { constant, transposed, codes }: WeightInput): void {
    if (codes) {
      this.schemes.add('int8');
      this.claim(name, constant, openLinearCodes(codes, this.values, { transposed }));
      return;
    }
    const tensor = constantIn(this.values, constant)!;
    this.claim(name, constant, transposed ? new TransposedTensor(tensor) : tensor);
  }

  private claim(name: string, constant: string, tensor: FileTensor): void {
    // A table that is the head as well comes twice.
    if (this.claimed.has(constant) && this.tensors.has(name)) return;
    if (this.tensors.has(name))
      throw notRead(`two constants belong to ${quoted(name)}, one of them ${quoted(constant)}`);
    this.claimed.add(constant);
    this.tensors.set(name, tensor);
  }

  /** Returns the tensor that a constant belongs to: by its own name, or by the path of the node's module. */
  private nameOf(node: OnnxNode, constant: string): string {
    const own = cleanName(constant);
    const byPath = `${moduleOf(node)}.weight`;
    for (const name of [own, byPath]) if (this.names.has(name)) return name;
    throw notRead(
      `the constant ${quoted(constant)} of ${quoted(node.name)} belongs to no tensor of the model`,
    );
  }

  /** Follows an input back to a constant; undefined if it is computed from the model's inputs. */
  private weightOf(input: string | undefined): WeightInput | undefined {
    let weight: WeightInput = { constant: input ?? '', transposed: false };
    for (let step = 0; step < MAX_STEPS; step++) {
      if (this.model.constants.has(weight.constant)) return weight;
      const node = this.producers.get(weight.constant);
      if (!node) return undefined;
      const [constant] = node.inputs;
      if (node.operator === 'Cast' || node.operator === 'Identity') weight = { ...weight, constant };
      else if (node.operator === 'Transpose' && String(node.integers.get('perm') ?? '1,0') === '1,0')
        weight = { ...weight, constant, transposed: !weight.transposed };
      else if (node.operator === 'DequantizeLinear' && this.model.constants.has(constant))
        weight = { ...weight, constant, codes: dequantised(constant, node) };
      else return undefined;
    }
    return undefined;
  }

  /** Returns the weight of an operator on integers, whose result a Mul multiplies by the product of both scales. */
  private integerWeight(node: OnnxNode): WeightInput {
    const [, constant, , zero] = node.inputs;
    const cast = this.onlyConsumer(node.outputs[0], 'Cast');
    const scaled = cast && this.onlyConsumer(cast.outputs[0], 'Mul');
    const product = scaled?.inputs.find((input) => input !== cast!.outputs[0]);
    const scales = product === undefined ? undefined : this.producers.get(product);
    const scale = scales?.inputs.find((input) => isFloats(this.values, input));
    if (!this.model.constants.has(constant) || scales?.operator !== 'Mul' || scale === undefined)
      throw notRead(`the scale of ${quoted(node.name)} is not a constant that a Mul applies`);
    const axis = node.operator === 'ConvInteger' ? 0 : 1;
    return { constant, transposed: false, codes: { codes: constant, scale, ...(zero && { zero }), axis } };
  }

  private onlyConsumer(output: string, operator: string): OnnxNode | undefined {
    const found = this.consumers.get(output) ?? [];
    return found.length === 1 && found[0].operator === operator ? found[0] : undefined;
  }
}

function dequantised(codes: string, { name, inputs, integers }: OnnxNode): LinearCodes {
  if (integers.get('block_size')?.[0]) throw notRead(`${quoted(name)} restores blocks`);
  const [, scale, zero] = inputs;
  return { codes, scale, ...(zero && { zero }), axis: integers.get('axis')?.[0] ?? 1 };
}

function cleanName(constant: string): string {
  return constant.replace(SUFFIX, '');
}

/** Returns the module that a node belongs to: `/model/layers.0/mlp/up_proj/MatMul_Q4` → `model.layers.0.mlp.up_proj`. */
function moduleOf({ name }: OnnxNode): string {
  return name.split('/').filter(Boolean).slice(0, -1).join('.');
}
