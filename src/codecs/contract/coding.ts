import { invariant, LabError, throwIfAborted } from '../../base/errors';
import type { InputStatistics } from '../../calibrate/inputs';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import {
  REFERENCE_TENSOR,
  type Codec,
  type CodecContext,
  type GroupResult,
  type SourceTensor,
  type CodedTensor,
  type TensorGroup,
} from './codec';
import { damaged, partsProblem, type Parts } from './parts';
import type { CodecOptions } from './meta';

/**
 * Encodes one tensor with any codec. Nothing else calls `Codec.encode`: it checks values before, and part lengths after encoding.
 * @throws LabError bad-input for rows that are not a multiple of the codec's blocks; not-finite naming the tensor and the position
 * of the first NaN or infinity, or the column of its input whose statistics are not finite; Cancelled
 */
export async function encodeTensor(
  codec: Codec,
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  checkSource(codec, tensor, context);
  throwIfAborted(context.signal);
  const parts = await codec.encode(tensor, options, context);
  checkEncoded(codec, tensor, options, parts);
  return parts;
}

/**
 * Checks a tensor before it is encoded.
 * @throws LabError bad-input and not-finite as `encodeTensor`
 */
export function checkSource(
  codec: Codec,
  tensor: SourceTensor,
  { inputs }: { inputs?: InputStatistics },
): void {
  const [rows, columns] = tensor.shape;
  invariant(
    rows > 0 && columns > 0 && tensor.values.length === rows * columns,
    `${tensor.name} has ${tensor.values.length} values for [${tensor.shape}]`,
  );
  requireColumns(codec, tensor);
  requireFinite(tensor);
  requireFiniteInputs(tensor, inputs);
}

/**
 * Encodes tensors that read one activation, together if the codec supports it or else one by one, with the checks of `encodeTensor`.
 * @throws LabError not-finite naming the tensor; Cancelled
 */
export async function encodeGroup(
  codec: Codec,
  group: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  if (!codec.encodeGroup) {
    const parts = new Map<string, Parts>();
    for (const tensor of group.tensors)
      parts.set(tensor.name, await encodeTensor(codec, tensor, options, context));
    return { parts };
  }
  for (const tensor of group.tensors) {
    requireFinite(tensor);
    requireFiniteInputs(tensor, context.inputs);
  }
  throwIfAborted(context.signal);
  const result = await codec.encodeGroup(group, options, context);
  for (const tensor of group.tensors)
    checkEncoded(codec, tensor, options, result.parts.get(tensor.name) ?? new Map());
  return result;
}

/** Checks that encoding gave the parts of the layout. */
export function checkEncoded(
  codec: Codec,
  { name, shape }: SourceTensor,
  options: CodecOptions,
  parts: Parts,
): void {
  const problem = partsProblem(parts, codec.layout(shape, options));
  invariant(problem === undefined, `${codec.meta.id} encoded ${name}: ${problem}`);
}

/**
 * Decodes one tensor into `target`. Nothing else calls `Codec.decode`: it checks part names and lengths first, so that no file can make
 * a kernel read past its data.
 * @throws LabError bad-file naming the tensor; Cancelled
 */
export async function decodeTensor(
  codec: Codec,
  stored: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  invariant(
    target.rows === stored.shape[0] && target.columns === stored.shape[1],
    `${stored.name} [${stored.shape}] decodes into [${target.rows},${target.columns}]`,
  );
  checkParts(codec, stored);
  throwIfAborted(context.signal);
  await codec.decode(stored, target, context);
}

/** Checks that the parts are exactly those of the codec's layout. @throws LabError bad-file naming the tensor */
export function checkParts<Options>(codec: Codec<Options>, stored: CodedTensor<Options>): void {
  const problem = partsProblem(stored.parts, codec.layout(stored.shape, stored.options));
  if (problem) throw damaged(stored.name, problem);
}

/** Checks that every value is finite. @throws LabError not-finite naming the tensor and the position of the first that is not */
export function requireFinite({ name, shape, values }: SourceTensor): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const [row, column] = [Math.floor(index / shape[1]), index % shape[1]];
  throw new LabError(
    'not-finite',
    `${name} holds ${values[index]} at row ${row}, column ${column}; only finite weights can be compressed.`,
    'The checkpoint is damaged or its training diverged: use another checkpoint.',
  );
}

function requireColumns({ meta: { label, columnsMultiple } }: Codec, { name, shape }: SourceTensor): void {
  if (columnsMultiple === undefined || shape[1] % columnsMultiple === 0) return;
  throw new LabError(
    'bad-input',
    `${name} has rows of ${shape[1]} weights, which is not a multiple of the ${columnsMultiple} weights of a ${label} block.`,
    `Choose a codec with smaller groups, or a model whose matrices have a multiple of ${columnsMultiple} columns.`,
  );
}

/** Checks the statistics of the tensor's input. Means are checked besides maxima, because a maximum on the GPU ignores NaN. */
function requireFiniteInputs({ name }: SourceTensor, inputs: InputStatistics | undefined): void {
  if (!inputs) return;
  const { meanAbs, maxAbs } = inputs;
  const column = meanAbs.findIndex((mean, c) => !Number.isFinite(mean + maxAbs[c]));
  if (column < 0) return;
  throw new LabError(
    'not-finite',
    `The activations that ${name} reads on the calibration data are not finite in column ${column}.`,
    'The model overflows on this data: use another checkpoint or other calibration data.',
  );
}

/** Runs a reference, and names the tensor in its errors. */
export function namingTensor<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const message = error.message.replaceAll(REFERENCE_TENSOR, name);
    if (error.code === 'bad-file' && !message.includes(name)) throw damaged(name, message);
    throw new LabError(error.code, message, error.remedy, error);
  }
}
