import { invariant, LabError, throwIfAborted } from '../base/errors';
import type { DenseMatrix } from '../runtime/matrix';
import type {
  Codec,
  CodecContext,
  CodecOptions,
  PartDtype,
  PartLayout,
  Parts,
  SourceTensor,
  StoredTensor,
} from './codec';

const DTYPE_BYTES: Record<PartDtype, number> = { U8: 1, I8: 1, F16: 2, BF16: 2, F32: 4, U32: 4, I32: 4 };

/** Bytes one stored part takes in the file. */
export function partBytes(part: PartLayout): number {
  return part.shape.reduce((product, n) => product * n, DTYPE_BYTES[part.dtype]);
}

/**
 * Encodes one tensor with any codec. The one door to `Codec.encode`: values are checked before, part lengths after.
 * @throws LabError not-finite naming the tensor and position of the first NaN or infinity; Cancelled
 */
export async function encodeTensor(
  codec: Codec,
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const [rows, columns] = tensor.shape;
  invariant(
    rows > 0 && columns > 0 && tensor.values.length === rows * columns,
    `${tensor.name} has ${tensor.values.length} values for [${tensor.shape}]`,
  );
  requireFinite(tensor);
  throwIfAborted(context.signal);
  const parts = await codec.encode(tensor, options, context);
  const problem = partsProblem(parts, codec.layout(tensor.shape, options));
  invariant(problem === undefined, `${codec.meta.id} encoded ${tensor.name}: ${problem}`);
  return parts;
}

/**
 * Decodes one tensor into `target`. The one door to `Codec.decode`: part names and lengths are checked before the GPU
 * sees them, so no kernel can be made to read past its data.
 * @throws LabError bad-file naming the tensor; Cancelled
 */
export async function decodeTensor(
  codec: Codec,
  stored: StoredTensor,
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

/** @throws LabError bad-file unless the parts are exactly those of the codec's layout */
export function checkParts(codec: Codec, stored: StoredTensor): void {
  const problem = partsProblem(stored.parts, codec.layout(stored.shape, stored.options));
  if (problem) throw damaged(stored.name, problem);
}

/** The error for stored bytes that cannot be what the codec wrote. */
export function damaged(name: string, problem: string): LabError {
  return new LabError(
    'bad-file',
    `The compressed ${name} is damaged: ${problem}.`,
    'Compress the model again, or download the file again.',
  );
}

function partsProblem(parts: Parts, layout: readonly PartLayout[]): string | undefined {
  for (const part of layout) {
    const bytes = parts.get(part.suffix);
    if (!bytes) return `its part ${part.suffix} is missing`;
    if (bytes.length !== partBytes(part))
      return `its part ${part.suffix} has ${bytes.length} bytes instead of ${partBytes(part)}`;
  }
  if (parts.size !== layout.length) return `it has ${parts.size} parts instead of ${layout.length}`;
  return undefined;
}

function requireFinite({ name, shape, values }: SourceTensor): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const [row, column] = [Math.floor(index / shape[1]), index % shape[1]];
  throw new LabError(
    'not-finite',
    `${name} holds ${values[index]} at row ${row}, column ${column}; only finite weights can be compressed.`,
    'The checkpoint is damaged or its training diverged: use another copy.',
  );
}
