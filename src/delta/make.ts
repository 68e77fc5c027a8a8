import { throwIfAborted } from '../base/errors';
import type { ByteSource } from '../formats/byteSource';
import type { FileTensor } from '../formats/fileTensor';
import { openSafetensorsFile, toFloat32 } from '../formats/safetensors/read';
import { layOutSafetensors, writeSafetensors, type NamedTensor } from '../formats/safetensors/write';
import { tensorSha256, tensorsSha256, type CheckpointTensors } from './checksum';
import { chooseDelta, type EncoderChoice } from './choose';
import { checkSameTensors } from './compare';
import {
  fileEntry,
  formatModelDelta,
  MODEL_DELTA_FORMAT,
  type DeltaTensor,
  type ModelDelta,
} from './description';
import type { ModelFolder } from './modelFolder';
import { isFloat, type TensorPair } from './pair';
import type { StoredTensor } from './report';
import { sparseTensor, type SparseTensor } from './sparse';

/** How making or applying a delta is stopped and followed: the share that is done, 0 … 1, and the current step. */
export interface DeltaProgress {
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/** A model and its fine-tune. */
export interface FolderPair {
  base: ModelFolder;
  tuned: ModelFolder;
}

/** Keeps finished tensors by number until the delta is complete, so that a stopped delta is continued. */
export interface FinishedTensors {
  /** Begins a delta, or continues the one of the same job; what is kept of another job is dropped. */
  begin(job: object): Promise<void>;
  /** Opens a finished tensor; undefined if there is none of this number. */
  open(index: number): Promise<ByteSource | undefined>;
  write(index: number, file: Uint8Array): Promise<void>;
}

/** A delta whose tensors are finished. */
export interface MadeModelDelta {
  description: ModelDelta;
  /** Size of the file. */
  bytes: number;
  tensors: readonly StoredTensor[];
  /** Returns the file piece by piece. */
  pieces: () => AsyncGenerator<Uint8Array>;
}

/** Share of the work that the checksums of both models take; the rest is encoding. */
const CHECKSUMS = 0.1;
const TENSOR_KEY = 'tensor';

/**
 * Makes the delta from one model to another, tensor by tensor. Finished tensors are kept, so that the same call continues after it was
 * stopped.
 * @throws LabError bad-input naming tensors that do not match; not-finite; what `finished` throws; Cancelled
 */
export async function makeModelDelta(
  models: FolderPair,
  choice: EncoderChoice,
  finished: FinishedTensors,
  { signal, onProgress }: DeltaProgress,
): Promise<MadeModelDelta> {
  const { base, tuned } = models;
  checkSameTensors(base.tensors, tuned.tensors);
  const sums = await checksums(models, { signal, onProgress });
  await finished.begin({ format: MODEL_DELTA_FORMAT, ...sums, choice });
  const names = [...base.tensors.keys()].sort();
  const tensors: StoredTensor[] = [];
  const total = tuned.bytes || 1;
  let done = 0;
  for (const [i, name] of names.entries()) {
    throwIfAborted(signal);
    onProgress?.(CHECKSUMS + ((1 - CHECKSUMS) * done) / total, name);
    const after = tuned.tensors.get(name)!;
    const kept = await finished.open(i);
    tensors.push(
      kept
        ? (await readFinished(kept)).stored
        : await finishTensor(name, base.tensors.get(name)!, after, choice, (file) => finished.write(i, file)),
    );
    done += after.byteLength;
  }
  return {
    ...(await assemble(names, finished, { models, sums, exact: choice.exact }, signal)),
    tensors,
  };
}

type Sums = Record<keyof FolderPair, string>;

async function checksums({ base, tuned }: FolderPair, { signal, onProgress }: DeltaProgress): Promise<Sums> {
  const total = base.bytes + tuned.bytes;
  const counted = (before: number, step: string) => (bytes: number) =>
    onProgress?.((CHECKSUMS * (before + bytes)) / total, step);
  return {
    base: await tensorsSha256(base.tensors, signal, counted(0, 'checksum of the base')),
    tuned: await tensorsSha256(
      tuned.tensors,
      signal,
      counted(base.bytes, 'checksum of the fine-tuned model'),
    ),
  };
}

/** A finished tensor in a safetensors file of its own: its parts, and this as JSON in the metadata. */
interface FinishedTensor {
  stored: StoredTensor;
  entry: DeltaTensor;
}

async function finishTensor(
  name: string,
  before: FileTensor,
  after: FileTensor,
  choice: EncoderChoice,
  write: (file: Uint8Array) => Promise<void>,
): Promise<StoredTensor> {
  const { dtype, shape } = after;
  const pair = { name, dtype, shape, base: await before.read(), tuned: await after.read() };
  const { parts, settings, encoder, bytes, error, restored } = await chooseDelta(pair, choice);
  const sha256 = await tensorSha256(dtype, shape, restored);
  const entry: DeltaTensor = { dtype, shape: [...shape], encoder, ...(settings && { settings }), sha256 };
  const sparse = sparseOf(pair);
  const stored = { name, encoder, bytes, tensorBytes: after.byteLength, error, ...(sparse && { sparse }) };
  const tensors = Object.entries(parts).map(([suffix, data]) => partTensor(`${name}.${suffix}`, data));
  const finished: FinishedTensor = { stored, entry };
  await write(writeSafetensors(tensors, { [TENSOR_KEY]: JSON.stringify(finished) }));
  return stored;
}

function sparseOf({ name, dtype, shape, base, tuned }: TensorPair): SparseTensor | undefined {
  if (!isFloat(dtype)) return undefined;
  const [before, after] = [base, tuned].map((bytes) => toFloat32({ dtype, bytes }));
  return sparseTensor(name, shape, before, after);
}

function partTensor(name: string, bytes: Uint8Array): NamedTensor {
  return { name, dtype: 'U8', shape: [bytes.length], bytes };
}

async function readFinished(file: ByteSource): Promise<FinishedTensor & { parts: CheckpointTensors }> {
  const { metadata, tensors } = await openSafetensorsFile(file);
  return { ...(JSON.parse(metadata[TENSOR_KEY]) as FinishedTensor), parts: tensors };
}

interface Finished {
  models: FolderPair;
  sums: Sums;
  exact: boolean;
}

/** Puts the finished tensors together. */
async function assemble(
  names: readonly string[],
  finished: FinishedTensors,
  { models: { base, tuned }, sums, exact }: Finished,
  signal?: AbortSignal,
): Promise<Omit<MadeModelDelta, 'tensors'>> {
  const description: ModelDelta = {
    format: MODEL_DELTA_FORMAT,
    base: { id: base.id, sha256: sums.base },
    tuned: { id: tuned.id, sha256: sums.tuned, bytes: tuned.bytes },
    exact,
    tensors: {},
    files: {},
  };
  const entries: { name: string; dtype: 'U8'; shape: number[]; read: () => Promise<Uint8Array> }[] = [];
  for (const [i, name] of names.entries()) {
    const { entry, parts } = await readFinished((await finished.open(i))!);
    description.tensors[name] = entry;
    for (const [part, tensor] of parts)
      entries.push({ name: part, dtype: 'U8', shape: [...tensor.shape], read: () => tensor.read() });
  }
  for (const [name, bytes] of tuned.files) {
    const before = base.files.get(name);
    const isSame = before?.length === bytes.length && before.every((byte, i) => byte === bytes[i]);
    description.files[name] = isSame ? 'base' : 'delta';
    if (!isSame)
      entries.push({ name: fileEntry(name), dtype: 'U8', shape: [bytes.length], read: async () => bytes });
  }
  const { head, ordered } = layOutSafetensors(entries, formatModelDelta(description));
  const bytes = entries.reduce((sum, { shape: [length] }) => sum + length, head.length);
  async function* pieces() {
    yield head;
    for (const { read } of ordered) {
      throwIfAborted(signal);
      yield await read();
    }
  }
  return { description, bytes, pieces };
}
