import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, throwIfAborted } from '../../base/errors';
import { checkDeltaBase, openModelDelta, restoreTensor, type OpenModelDelta } from '../../delta/apply';
import { modelSha256, tensorSha256, tensorsSha256, type CheckpointTensors } from '../../delta/checksum';
import { chooseDelta, type EncoderChoice } from '../../delta/choose';
import { checkSameTensors } from '../../delta/compare';
import {
  fileEntry,
  formatModelDelta,
  MODEL_DELTA_FORMAT,
  type DeltaTensor,
  type ModelDelta,
} from '../../delta/description';
import { MODEL_FILES, modelFile, openModelFolder, type ModelFolder } from '../../delta/modelFolder';
import { isFloat, type TensorPair } from '../../delta/pair';
import { sparseTensor, type SparseTensor } from '../../delta/sparse';
import type { FileTensor } from '../../formats/fileTensor';
import { openSafetensorsFile, toFloat32 } from '../../formats/safetensors/read';
import { layOutSafetensors, writeSafetensors, type NamedTensor } from '../../formats/safetensors/write';
import { WEIGHTS_FILE } from '../../models/load/export';
import { folderFiles } from './folder';
import { openLocal } from './localFile';
import { makeFolder, writeWhole } from './writeFile';

/** Names of files with weights, which the delta restores, and of the indexes of their shards. */
const WEIGHTS = /\.(safetensors|bin)(\.index\.json)?$/;
/** The file in the folder of finished tensors that says which delta they belong to. */
const JOB_FILE = 'job.json';
const TENSOR_KEY = 'tensor';

/** Progress: the share that is done, and the current step. */
export interface DeltaProgress {
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/** A tensor of a delta as a report shows it. */
export interface StoredTensor {
  name: string;
  encoder: string;
  /** Bytes in the file, with the entries of its header. */
  bytes: number;
  /** Bytes of the tensor itself. */
  tensorBytes: number;
  error: number;
  /** What the published method would store, for tensors of finite floats. */
  sparse?: SparseTensor;
}

/** A delta that was written. */
export interface WrittenModelDelta {
  bytes: number;
  description: ModelDelta;
  tensors: readonly StoredTensor[];
  /** Names of the files and folders beside the fine-tuned weights that the delta does not restore. */
  leftOut: readonly string[];
}

/** Returns the folder of the finished tensors of a delta that is not complete. */
export const partsFolder = (out: string) => `${out}.parts`;

/** Shares of the work of making a delta: checksums of both models, and encoding. */
const CHECKSUMS = 0.1;

/**
 * Writes the delta from one model to another, tensor by tensor. Finished tensors are kept in OUT.parts until the delta is complete, so
 * that the same command continues after it was stopped.
 * @throws LabError bad-input naming tensors that do not match; not-finite; storage; Cancelled
 */
export async function writeModelDelta(
  out: string,
  folders: { base: string; tuned: string },
  choice: EncoderChoice,
  { signal, onProgress }: DeltaProgress,
): Promise<WrittenModelDelta> {
  const base = await openModelFolder(folderFiles(folders.base), signal);
  const tuned = await openModelFolder(folderFiles(folders.tuned), signal);
  checkSameTensors(base.tensors, tuned.tensors);
  const sums = await checksums([base, tuned], { signal, onProgress });
  const parts = partsFolder(out);
  await prepareParts(parts, { format: MODEL_DELTA_FORMAT, ...sums, choice });
  const names = [...base.tensors.keys()].sort();
  const stored: StoredTensor[] = [];
  const total = tuned.bytes || 1;
  let done = 0;
  for (const [i, name] of names.entries()) {
    throwIfAborted(signal);
    onProgress?.(CHECKSUMS + ((1 - CHECKSUMS) * done) / total, name);
    const path = join(parts, `${i}.safetensors`);
    const [before, after] = [base.tensors.get(name)!, tuned.tensors.get(name)!];
    stored.push(await storedTensor(path, name, before, after, choice));
    done += after.byteLength;
  }
  const written = await assemble(out, parts, names, { base, tuned, sums, exact: choice.exact }, signal);
  await rm(parts, { recursive: true, force: true });
  const beside = await readdir(folders.tuned);
  const leftOut = beside.filter((name) => !MODEL_FILES.includes(name) && !WEIGHTS.test(name)).sort();
  return { ...written, tensors: stored, leftOut };
}

type Sums = Record<'base' | 'tuned', string>;

async function checksums(
  [base, tuned]: readonly ModelFolder[],
  { signal, onProgress }: DeltaProgress,
): Promise<Sums> {
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

/** Makes the folder of finished tensors; what it holds of another delta is removed. */
async function prepareParts(folder: string, job: unknown): Promise<void> {
  const text = JSON.stringify(job);
  const found = await readFile(join(folder, JOB_FILE), 'utf8').catch(() => undefined);
  if (found === text) return;
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  await writeWhole(join(folder, JOB_FILE), text);
}

/** Encodes a tensor into a file of its own, unless an earlier run has done so. */
async function storedTensor(
  path: string,
  name: string,
  before: FileTensor,
  after: FileTensor,
  choice: EncoderChoice,
): Promise<StoredTensor> {
  const finished = await finishedTensor(path);
  if (finished) return finished;
  const { dtype, shape } = after;
  const pair = { name, dtype, shape, base: await before.read(), tuned: await after.read() };
  const { parts, settings, encoder, bytes, error, restored } = await chooseDelta(pair, choice);
  const sha256 = await tensorSha256(dtype, shape, restored);
  const entry: DeltaTensor = { dtype, shape: [...shape], encoder, ...(settings && { settings }), sha256 };
  const sparse = sparseOf(pair);
  const stored = { name, encoder, bytes, tensorBytes: after.byteLength, error, ...(sparse && { sparse }) };
  const tensors = Object.entries(parts).map(([suffix, data]) => partTensor(`${name}.${suffix}`, data));
  await writeWhole(path, writeSafetensors(tensors, { [TENSOR_KEY]: JSON.stringify({ stored, entry }) }));
  return stored;
}

function sparseOf({ dtype, base, tuned }: TensorPair): SparseTensor | undefined {
  if (!isFloat(dtype)) return undefined;
  const [before, after] = [base, tuned].map((bytes) => toFloat32({ dtype, bytes }));
  return sparseTensor(before, after);
}

function partTensor(name: string, bytes: Uint8Array): NamedTensor {
  return { name, dtype: 'U8', shape: [bytes.length], bytes };
}

interface FinishedTensor {
  stored: StoredTensor;
  entry: DeltaTensor;
}

async function finishedTensor(path: string): Promise<StoredTensor | undefined> {
  const exists = await stat(path).catch(() => undefined);
  return exists && (await readFinished(path)).stored;
}

async function readFinished(path: string): Promise<FinishedTensor & { parts: CheckpointTensors }> {
  const { metadata, tensors } = await openSafetensorsFile(await openLocal(path));
  return { ...(JSON.parse(metadata[TENSOR_KEY]) as FinishedTensor), parts: tensors };
}

interface Models {
  base: ModelFolder;
  tuned: ModelFolder;
  sums: Sums;
  exact: boolean;
}

/** Puts the finished tensors together. */
async function assemble(
  out: string,
  folder: string,
  names: readonly string[],
  { base, tuned, sums, exact }: Models,
  signal?: AbortSignal,
): Promise<{ bytes: number; description: ModelDelta }> {
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
    const { entry, parts } = await readFinished(join(folder, `${i}.safetensors`));
    description.tensors[name] = entry;
    for (const [part, tensor] of parts)
      entries.push({ name: part, dtype: 'U8', shape: [...tensor.shape], read: () => tensor.read() });
  }
  for (const [name, bytes] of tuned.files) {
    const isSame = Buffer.compare(bytes, base.files.get(name) ?? new Uint8Array()) === 0;
    description.files[name] = isSame && base.files.has(name) ? 'base' : 'delta';
    if (description.files[name] === 'delta')
      entries.push({ name: fileEntry(name), dtype: 'U8', shape: [bytes.length], read: async () => bytes });
  }
  const { head, ordered } = layOutSafetensors(entries, formatModelDelta(description));
  async function* pieces() {
    yield head;
    for (const { read } of ordered) {
      throwIfAborted(signal);
      yield await read();
    }
  }
  await writeWhole(out, pieces());
  return { bytes: (await stat(out)).size, description };
}

/**
 * Restores a model from its base and the delta into a folder in hub layout. What this call created is removed if it fails.
 * @throws LabError bad-input for another base; bad-file naming a damaged tensor; storage; Cancelled
 */
export async function applyModelDelta(
  out: string,
  baseFolder: string,
  path: string,
  { signal, onProgress }: DeltaProgress,
): Promise<ModelDelta> {
  const delta = await openModelDelta(await openLocal(path));
  const { description, parts } = delta;
  const base = await openModelFolder(folderFiles(baseFolder), signal);
  const sum = await tensorsSha256(base.tensors, signal, (bytes) =>
    onProgress?.((0.3 * bytes) / base.bytes, 'checksum of the base'),
  );
  checkDeltaBase(description, base.id, sum);
  const made = await makeFolder(out);
  try {
    await writeWhole(join(out, WEIGHTS_FILE), restoredFile(delta, base, { signal, onProgress }));
    for (const [name, from] of Object.entries(description.files))
      await writeWhole(join(out, name), await modelFile(name, from, base, parts));
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
  return description;
}

async function* restoredFile(
  delta: OpenModelDelta,
  base: ModelFolder,
  { signal, onProgress }: DeltaProgress,
): AsyncGenerator<Uint8Array> {
  const { exact, tuned, tensors } = delta.description;
  const layouts = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  const { head, ordered } = layOutSafetensors(layouts, { format: 'pt' });
  yield head;
  const sums = new Map<string, string>();
  for (const [i, { name }] of ordered.entries()) {
    throwIfAborted(signal);
    onProgress?.(0.3 + (0.7 * i) / ordered.length, name);
    yield await restoreTensor(delta, name, base.tensors);
    sums.set(name, tensors[name].sha256);
  }
  if (!exact || (await modelSha256(sums)) === tuned.sha256) return;
  throw new LabError(
    'bad-file',
    'The restored tensors are not those of the fine-tuned model: their checksum differs.',
    'Make the delta again, or download it again.',
  );
}

/** Lists what a stopped run has left. */
export async function finishedParts(out: string): Promise<number> {
  const names = await readdir(partsFolder(out)).catch(() => []);
  return names.filter((name) => name !== JOB_FILE && !name.endsWith('.part')).length;
}
