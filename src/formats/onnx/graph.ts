import { concatenate } from '../../base/concatenate';
import { quoted } from '../../base/shown';
import { standInError } from '../standIn';
import {
  badOnnx,
  protoFields,
  protoFloat,
  protoIntegers,
  protoMessage,
  protoText,
  type ProtoField,
} from './protoFields';

/** Element types of TensorProto (onnx.proto) that weights have. */
export const ONNX_TYPES = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
  bfloat16: 16,
} as const;

/** The part of a file beside the model in which a large model keeps values. */
interface ExternalPlace {
  file: string;
  offset: number;
  /** Absent if the values reach to the end of the file. */
  length?: number;
}

/** A constant tensor of a graph. */
export interface OnnxTensor {
  name: string;
  dims: readonly number[];
  /** Number of the element type, as in `ONNX_TYPES`. */
  type: number;
  /** The values, little-endian, in row-major order, or where they are. */
  data: Uint8Array | ExternalPlace;
}

export interface OnnxNode {
  name: string;
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Integer attributes, and lists of integers, by name. */
  integers: ReadonlyMap<string, readonly number[]>;
  /** Real attributes by name. */
  floats: ReadonlyMap<string, number>;
}

/** The nodes of a model, those inside branches included, and its constants by name. */
export interface OnnxModel {
  nodes: readonly OnnxNode[];
  constants: ReadonlyMap<string, OnnxTensor>;
}

/** Depth to which graphs may be nested in branches. */
const MAX_DEPTH = 8;
/** The most dimensions of a tensor that are read. */
const MAX_DIMS = 8;

/**
 * Reads the graph of an ONNX file: nodes and constants, whose values stay views into the file.
 * @throws LabError bad-file for a damaged file
 */
export function parseOnnx(bytes: Uint8Array): OnnxModel {
  const standIn = standInError(bytes, bytes.byteLength);
  if (standIn) throw standIn;
  const reader = new ModelReader();
  let hasGraph = false;
  for (const field of protoFields(bytes)) {
    // ModelProto: 7 graph, 25 functions.
    if (field.number === 7) reader.graph(protoMessage(field), 0);
    if (field.number === 25) throw badOnnx('it defines functions, which are not supported');
    hasGraph ||= field.number === 7;
  }
  if (!hasGraph) throw badOnnx('it has no graph');
  return { nodes: reader.nodes, constants: reader.constants };
}

interface Attributes {
  integers: Map<string, readonly number[]>;
  floats: Map<string, number>;
}

class ModelReader {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, OnnxTensor>();

  /** GraphProto: 1 node, 5 initializer, 15 sparse_initializer. */
  graph(message: Uint8Array, depth: number): void {
    if (depth > MAX_DEPTH) throw badOnnx('its graphs are nested too deeply');
    for (const field of protoFields(message)) {
      if (field.number === 1) this.node(protoMessage(field), depth);
      if (field.number === 5) this.constant(readTensor(protoMessage(field)), depth);
      if (field.number === 15) throw badOnnx('it has sparse constants, which are not supported');
    }
  }

  /** NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute. */
  private node(message: Uint8Array, depth: number): void {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes: Attributes = { integers: new Map(), floats: new Map() };
    let [name, operator] = ['', ''];
    let value: OnnxTensor | undefined;
    for (const field of protoFields(message)) {
      if (field.number === 1) inputs.push(protoText(field));
      else if (field.number === 2) outputs.push(protoText(field));
      else if (field.number === 3) name = protoText(field);
      else if (field.number === 4) operator = protoText(field);
      else if (field.number === 5) value = this.attribute(protoMessage(field), attributes, depth) ?? value;
    }
    if (operator === 'Constant' && value && outputs.length > 0)
      this.constant({ ...value, name: outputs[0] }, depth);
    this.nodes.push({ name, operator, inputs, outputs, ...attributes });
  }

  /** AttributeProto: 1 name, 2 f, 3 i, 5 t, 6 g, 8 ints, 11 graphs. @returns the tensor of the attribute, if it is one */
  private attribute(
    message: Uint8Array,
    { integers, floats }: Attributes,
    depth: number,
  ): OnnxTensor | undefined {
    let name = '';
    const values: number[] = [];
    let tensor: OnnxTensor | undefined;
    let real: number | undefined;
    for (const field of protoFields(message)) {
      if (field.number === 1) name = protoText(field);
      else if (field.number === 2) real = protoFloat(field);
      else if (field.number === 3 || field.number === 8) values.push(...protoIntegers(field, MAX_DIMS));
      else if (field.number === 5) tensor = readTensor(protoMessage(field));
      else if (field.number === 6 || field.number === 11) this.graph(protoMessage(field), depth + 1);
    }
    if (values.length > 0) integers.set(name, values);
    if (real !== undefined) floats.set(name, real);
    return tensor;
  }

  private constant(tensor: OnnxTensor, depth: number): void {
    const known = this.constants.get(tensor.name);
    // Branches may use a name each for itself; as weights such constants are refused.
    if (known && depth === 0) throw badOnnx(`the constant ${quoted(tensor.name)} occurs twice`);
    this.constants.set(tensor.name, known ? { ...tensor, type: 0 } : tensor);
  }
}

/**
 * TensorProto: 1 dims, 2 data_type, 4 float_data, 5 int32_data, 7 int64_data, 8 name, 9 raw_data, 13 external_data. Values that are
 * not raw are kept as a list for each number; the types that weights have are converted to raw ones.
 */
function readTensor(message: Uint8Array): OnnxTensor {
  const dims: number[] = [];
  let [name, type] = ['', 0];
  let data: OnnxTensor['data'] = new Uint8Array();
  const listed: ProtoField[] = [];
  const external = new Map<string, string>();
  for (const field of protoFields(message)) {
    if (field.number === 1) dims.push(...protoIntegers(field, MAX_DIMS + 1));
    else if (field.number === 2) type = Number(field.integer ?? 0);
    else if (field.number === 8) name = protoText(field);
    else if (field.number === 9) data = protoMessage(field);
    else if (field.number === 4 || field.number === 5) listed.push(field);
    else if (field.number === 13) external.set(...readEntry(protoMessage(field)));
  }
  if (dims.length > MAX_DIMS || dims.some((n) => !Number.isSafeInteger(n) || n < 0))
    throw badOnnx(`the constant ${quoted(name)} has the dimensions [${dims.slice(0, MAX_DIMS)}]`);
  if (external.size > 0) data = externalPlace(name, external);
  else if (listed.length > 0) data = listedValues(type, listed);
  return { name, dims, type, data };
}

/** StringStringEntryProto: 1 key, 2 value. */
function readEntry(message: Uint8Array): [key: string, value: string] {
  let [key, value] = ['', ''];
  for (const field of protoFields(message)) {
    if (field.number === 1) key = protoText(field);
    if (field.number === 2) value = protoText(field);
  }
  return [key, value];
}

function externalPlace(name: string, entries: ReadonlyMap<string, string>): ExternalPlace {
  const number = (key: string) => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw badOnnx(`the constant ${quoted(name)} has the ${key} ${quoted(text)}`);
  };
  const file = entries.get('location');
  if (file === undefined || file === '')
    throw badOnnx(`the constant ${quoted(name)} does not say where it is`);
  const length = number('length');
  return { file, offset: number('offset') ?? 0, ...(length !== undefined && { length }) };
}

/** Turns values that are listed in fields of numbers into little-endian bytes: floats as they are, integers by their width. */
function listedValues(type: number, fields: readonly ProtoField[]): Uint8Array {
  const { float, uint8, int8, int32, float16, bfloat16 } = ONNX_TYPES;
  if (type === float)
    return concatenate(
      Uint8Array,
      fields.flatMap(({ number, bytes }) => (number === 4 && bytes ? [bytes] : [])),
    );
  const integers = fields.filter(({ number }) => number === 5).flatMap((field) => protoIntegers(field));
  if (type === uint8 || type === int8) return Uint8Array.from(integers, (x) => x & 0xff);
  if (type === float16 || type === bfloat16) return new Uint8Array(Uint16Array.from(integers).buffer);
  if (type === int32) return new Uint8Array(Int32Array.from(integers).buffer);
  return new Uint8Array();
}
