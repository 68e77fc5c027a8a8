import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { bytesSource, type ByteSource } from '../byteSource';
import { rawTensorBytes, type Dtype } from '../dtypes';
import { RangeTensor } from '../fileTensor';
import { notImplemented } from '../quantised/parts';
import { ONNX_TYPES, type OnnxTensor } from './graph';
import { badOnnx } from './protoFields';

/** The types of weights, and of the codes and zero points of quantised ones. */
const DTYPES: ReadonlyMap<number, Dtype> = new Map<number, Dtype>([
  [ONNX_TYPES.float, 'F32'],
  [ONNX_TYPES.float16, 'F16'],
  [ONNX_TYPES.bfloat16, 'BF16'],
  [ONNX_TYPES.int8, 'I8'],
  [ONNX_TYPES.uint8, 'U8'],
]);
const FLOATS: readonly Dtype[] = ['F32', 'F16', 'BF16'];
const CODES: readonly Dtype[] = ['I8', 'U8'];

/** The constants of a model, and the files beside it that hold their values. */
export interface OnnxValues {
  constants: ReadonlyMap<string, OnnxTensor>;
  files: ReadonlyMap<string, ByteSource>;
}

/** Returns a constant as a tensor; undefined if the name is no constant. @throws LabError unsupported for other types; bad-file */
export function constantIn({ constants, files }: OnnxValues, name: string): RangeTensor | undefined {
  const constant = constants.get(name);
  if (!constant) return undefined;
  const { dims, type, data } = constant;
  const dtype = DTYPES.get(type);
  if (dtype === undefined) throw notRead(`the constant ${quoted(name)} has the type ${type}`);
  const length = rawTensorBytes(dtype, dims);
  const [source, begin, available] =
    data instanceof Uint8Array ? [bytesSource(data), 0, data.length] : external(files, data);
  if (length > available || (data instanceof Uint8Array && length !== available))
    throw badOnnx(`the constant ${quoted(name)} has ${available} bytes where its dimensions need ${length}`);
  return new RangeTensor(source, { dtype, shape: dims, begin, end: begin + length });
}

function external(
  files: OnnxValues['files'],
  { file, offset, length }: Exclude<OnnxTensor['data'], Uint8Array>,
): [source: ByteSource, begin: number, available: number] {
  const source = files.get(file);
  if (!source) throw badOnnx(`the file ${quoted(file)} beside it is missing`);
  return [source, offset, Math.min(length ?? Infinity, Math.max(0, source.size - offset))];
}

/** Returns a constant of 8-bit numbers. @param count how many it must have */
export function bytesIn(values: OnnxValues, name: string, count?: number): RangeTensor {
  return ofTypes(values, name, CODES, count);
}

/** Returns a constant of real numbers. @param count how many it must have */
export function floatsIn(values: OnnxValues, name: string, count?: number): RangeTensor {
  return ofTypes(values, name, FLOATS, count);
}

/** Whether the name is that of a constant of real numbers. */
export function isFloats({ constants }: OnnxValues, name: string): boolean {
  return FLOATS.includes(DTYPES.get(constants.get(name)?.type ?? 0) ?? 'BOOL');
}

/** Whether the name is that of a constant of 8-bit numbers. */
export function isCodes({ constants }: OnnxValues, name: string): boolean {
  return CODES.includes(DTYPES.get(constants.get(name)?.type ?? 0) ?? 'BOOL');
}

function ofTypes(values: OnnxValues, name: string, types: readonly Dtype[], count?: number): RangeTensor {
  const tensor = constantIn(values, name);
  if (!tensor) throw notRead(`${quoted(name)} is computed and no constant`);
  if (!types.includes(tensor.dtype))
    throw notRead(`the constant ${quoted(name)} is stored as ${tensor.dtype}, not as ${types.join(' or ')}`);
  const found = tensor.shape.reduce((product, n) => product * n, 1);
  if (count !== undefined && found !== count)
    throw badOnnx(`the constant ${quoted(name)} has ${found} elements, not ${count}`);
  return tensor;
}

/** Returns the error about something in a graph that is not implemented; `what` is a clause that names it. */
export function notRead(what: string): LabError {
  return notImplemented('ONNX', what);
}
