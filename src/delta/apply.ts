import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { CorruptData } from '../codecs/kit/entropyCoding/bitio';
import { tensorSha256, type CheckpointTensors } from './checksum';
import type { ByteSource } from '../formats/byteSource';
import { openSafetensorsFile } from '../formats/safetensors/read';
import { parseModelDelta, type ModelDelta } from './description';
import { deltaEncoders, type StoredDelta } from './encoder';

/** A model delta that is open for reading: its description and the tensors of its file. */
export interface OpenModelDelta {
  description: ModelDelta;
  parts: CheckpointTensors;
}

/** Opens a model delta. @throws LabError bad-input; bad-file */
export async function openModelDelta(file: ByteSource): Promise<OpenModelDelta> {
  const { metadata, tensors } = await openSafetensorsFile(file);
  return { description: parseModelDelta(metadata), parts: tensors };
}

/** Checks that a model is the one that the delta was made from. @throws LabError bad-input naming both checksums */
export function checkDeltaBase({ base }: ModelDelta, id: string, sha256: string): void {
  if (base.sha256 === sha256) return;
  throw new LabError(
    'bad-input',
    `${id} is not the base of this delta: the SHA-256 of its tensors is ${sha256}, but the delta was made from ${base.id} with ${base.sha256}.`,
    'Use the same model, in the same version, as when the delta was made.',
  );
}

/**
 * Restores a tensor of the fine-tuned model.
 * @param base the tensors of the base
 * @throws LabError bad-file naming the tensor if its parts are damaged, or the checksum of the result differs
 */
export async function restoreTensor(
  { description, parts }: OpenModelDelta,
  name: string,
  base: CheckpointTensors,
): Promise<Uint8Array> {
  const { dtype, shape, encoder: id, settings = {}, sha256 } = description.tensors[name];
  const encoder = deltaEncoders.get(id);
  if (!encoder) throw damagedTensor(name, `its encoder ${quoted(id)} is unknown to this version`);
  const before = base.get(name);
  if (before?.dtype !== dtype || before.shape.join() !== shape.join())
    throw damagedTensor(name, 'the base has no tensor of this name, type and shape');
  const stored: StoredDelta = {
    parts: await readParts(parts, name),
    settings,
    dtype,
    shape,
    base: await before.read(),
  };
  const bytes = guardedDecode(name, () => encoder.decode(stored));
  if ((await tensorSha256(dtype, shape, bytes)) === sha256) return bytes;
  throw damagedTensor(name, 'the checksum of the restored tensor differs');
}

/** Reads the parts of a tensor by suffix. A suffix has no dot, so that the parts of other tensors do not count. */
async function readParts(parts: CheckpointTensors, name: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const [entry, tensor] of parts) {
    const suffix = entry.slice(name.length + 1);
    if (entry.startsWith(`${name}.`) && !suffix.includes('.')) found.set(suffix, await tensor.read());
  }
  return found;
}

function guardedDecode(name: string, decode: () => Uint8Array): Uint8Array {
  try {
    return decode();
  } catch (error) {
    if (error instanceof CorruptData) throw damagedTensor(name, error.message, error);
    throw error;
  }
}

function damagedTensor(name: string, problem: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The delta of tensor ${quoted(name)} cannot be applied: ${problem}.`,
    'Make the delta again, or download it again.',
    cause,
  );
}
