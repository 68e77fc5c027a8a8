import { LabError } from '../base/errors';
import { ProtoWriter } from './protobuf';

/** The version of onnx.proto (github.com/onnx/onnx) whose field numbers are used. */
const IR_VERSION = 9;
/** Operator set 20 introduced `Gelu`. */
const OPSET = 20;
/** Protocol Buffers messages are limited to 2 GiB. */
const MAX_BYTES = 2 ** 31 - 1;

export type ElementType = 'float32' | 'float64' | 'int64' | 'uint8';
const ELEMENT_CODES: Record<ElementType, number> = { float32: 1, uint8: 2, int64: 7, float64: 11 };
const ATTRIBUTE = { float: 1, integer: 2, text: 3, integers: 7 } as const;

/** An attribute. Integers are numbers, and floats are wrapped, since ONNX distinguishes them. */
type Attribute = number | string | readonly number[] | { float: number };

export interface NodeOptions {
  attributes?: Record<string, Attribute>;
  /** Operator domain: '' is ONNX itself, `com.microsoft` the extensions of ONNX Runtime. */
  domain?: string;
}

/** A dimension: a number, or a name if it is known only at run time. */
export type Dimension = number | string;

/** Collects nodes and constants of one ONNX graph; `encode` writes the ModelProto. */
export class OnnxGraph {
  private readonly name: string;
  private readonly body = new ProtoWriter();
  private readonly interface = new ProtoWriter();
  private readonly constants = new Set<string>();
  private readonly inputs = new Set<string>();
  private readonly domains = new Set<string>();
  private bytes = 0;
  private serial = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Adds a node with one output and returns the output's name. */
  node(operator: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const output = `${operator}_${this.serial++}`;
    this.nodeTo(output, operator, inputs, options);
    return output;
  }

  /** Adds a node whose output has a given name (a graph output). */
  nodeTo(output: string, operator: string, inputs: readonly string[], options: NodeOptions = {}): void {
    const node = new ProtoWriter();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, operator);
    for (const [name, value] of Object.entries(options.attributes ?? {}))
      node.message(5, encodeAttribute(name, value));
    if (options.domain) {
      node.text(7, options.domain);
      this.domains.add(options.domain);
    }
    this.body.message(1, node);
  }

  /** Adds a float32 constant and returns its name. The values are read when `encode` is called. */
  floats(name: string, dims: readonly number[], values: Float32Array): string {
    return this.constant(name, 'float32', dims, values);
  }

  /** Adds a uint8 constant and returns its name. */
  bytesConstant(name: string, dims: readonly number[], values: Uint8Array): string {
    return this.constant(name, 'uint8', dims, values);
  }

  /** Adds a one-dimensional int64 constant, such as a shape or axes; equal constants are shared. */
  integers(values: readonly number[]): string {
    return this.constant(
      `int64:${values.join(',')}`,
      'int64',
      [values.length],
      BigInt64Array.from(values.map((value) => BigInt(value))),
    );
  }

  /** Adds an int64 scalar constant. */
  integerScalar(value: number): string {
    return this.constant(`int64 scalar:${value}`, 'int64', [], BigInt64Array.of(BigInt(value)));
  }

  /** Adds a scalar constant; equal constants are shared. */
  scalar(value: number, type: 'float32' | 'float64' = 'float32'): string {
    const values = type === 'float32' ? Float32Array.of(value) : Float64Array.of(value);
    return this.constant(`${type}:${value}`, type, [], values);
  }

  /** Adds a node that converts its input to another type. */
  cast(input: string, to: ElementType): string {
    return this.node('Cast', [input], { attributes: { to: ELEMENT_CODES[to] } });
  }

  has(constant: string): boolean {
    return this.constants.has(constant);
  }

  /** Declares an input, once if it is declared again, and returns its name. */
  input(name: string, type: ElementType, dims: readonly Dimension[]): string {
    if (this.inputs.has(name)) return name;
    this.inputs.add(name);
    this.interface.message(11, valueInfo(name, type, dims));
    return name;
  }

  output(name: string, type: ElementType, dims: readonly Dimension[]): void {
    this.interface.message(12, valueInfo(name, type, dims));
  }

  /**
   * Encodes the ModelProto.
   * @throws LabError limit for more than 2 GiB
   */
  encode(): Uint8Array {
    if (this.bytes > MAX_BYTES)
      throw new LabError(
        'limit',
        `The ONNX graph ${this.name} holds ${this.bytes} bytes of weights; an ONNX file is limited to 2 GiB.`,
        'Choose a smaller model.',
      );
    const model = new ProtoWriter().integer(1, IR_VERSION).text(2, 'bitcurve').message(7, this.graphProto());
    model.message(8, opsetImport('', OPSET));
    for (const domain of this.domains) model.message(8, opsetImport(domain, 1));
    return model.finish();
  }

  private graphProto(): ProtoWriter {
    return new ProtoWriter().text(2, this.name).append(this.body).append(this.interface);
  }

  private constant(
    name: string,
    type: ElementType,
    dims: readonly number[],
    values: ArrayBufferView,
  ): string {
    if (this.constants.has(name)) return name;
    this.constants.add(name);
    this.bytes += values.byteLength;
    const tensor = new ProtoWriter().integers(1, dims).integer(2, ELEMENT_CODES[type]).text(8, name);
    tensor.bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.body.message(5, tensor);
    return name;
  }
}

function opsetImport(domain: string, version: number): ProtoWriter {
  return new ProtoWriter().text(1, domain).integer(2, version);
}

function encodeAttribute(name: string, value: Attribute): ProtoWriter {
  const attribute = new ProtoWriter().text(1, name);
  if (typeof value === 'number') return attribute.integer(3, value).integer(20, ATTRIBUTE.integer);
  if (typeof value === 'string') return attribute.text(4, value).integer(20, ATTRIBUTE.text);
  if ('float' in value) return attribute.float(2, value.float).integer(20, ATTRIBUTE.float);
  return attribute.integers(8, value).integer(20, ATTRIBUTE.integers);
}

function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): ProtoWriter {
  const shape = new ProtoWriter();
  for (const dim of dims) {
    const entry = new ProtoWriter();
    shape.message(1, typeof dim === 'number' ? entry.integer(1, dim) : entry.text(2, dim));
  }
  const tensor = new ProtoWriter().integer(1, ELEMENT_CODES[type]).message(2, shape);
  return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
}
