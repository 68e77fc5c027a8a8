import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, throwIfAborted } from '../../base/errors';
import { checkDeltaBase, openModelDelta, restoreTensor, type OpenModelDelta } from '../../delta/apply';
import { modelSha256, tensorsSha256 } from '../../delta/checksum';
import type { EncoderChoice } from '../../delta/choose';
import type { ModelDelta } from '../../delta/description';
import {
  makeModelDelta,
  type DeltaProgress,
  type FinishedTensors,
  type MadeModelDelta,
} from '../../delta/make';
import { MODEL_FILES, modelFile, openModelFolder, type ModelFolder } from '../../delta/modelFolder';
import { layOutSafetensors } from '../../formats/safetensors/write';
import { WEIGHTS_FILE } from '../../models/load/export';
import { folderFiles } from './folder';
import { openLocal } from './localFile';
import { makeFolder, writeWhole } from './writeFile';

/** Names of files with weights, which the delta restores, and of the indexes of their shards. */
const WEIGHTS = /\.(safetensors|bin)(\.index\.json)?$/;
/** The file in the folder of finished tensors that says which delta they belong to. */
const JOB_FILE = 'job.json';

/** A delta that was written. */
export interface WrittenModelDelta extends Omit<MadeModelDelta, 'pieces'> {
  /** Names of the files and folders beside the fine-tuned weights that the delta does not restore. */
  leftOut: readonly string[];
}

/** Returns the folder of the finished tensors of a delta that is not complete. */
const partsFolder = (out: string) => `${out}.parts`;

/**
 * Writes the delta from one model to another, tensor by tensor. Finished tensors are kept in OUT.parts until the delta is complete, so
 * that the same command continues after it was stopped.
 * @throws LabError as `makeModelDelta`; storage; Cancelled
 */
export async function writeModelDelta(
  out: string,
  folders: { base: string; tuned: string },
  choice: EncoderChoice,
  progress: DeltaProgress,
): Promise<WrittenModelDelta> {
  const { signal } = progress;
  const base = await openModelFolder(folderFiles(folders.base), signal);
  const tuned = await openModelFolder(folderFiles(folders.tuned), signal);
  const parts = partsFolder(out);
  const { pieces, ...made } = await makeModelDelta({ base, tuned }, choice, finishedIn(parts), progress);
  await writeWhole(out, pieces());
  await rm(parts, { recursive: true, force: true });
  const beside = await readdir(folders.tuned);
  const leftOut = beside.filter((name) => !MODEL_FILES.includes(name) && !WEIGHTS.test(name)).sort();
  return { ...made, leftOut };
}

/** Keeps finished tensors as files of a folder. */
function finishedIn(folder: string): FinishedTensors {
  const path = (index: number) => join(folder, `${index}.safetensors`);
  return {
    begin: (job) => keepJob(folder, job),
    open: async (index) => ((await exists(path(index))) ? openLocal(path(index)) : undefined),
    write: (index, file) => writeWhole(path(index), file),
  };
}

/** Makes the folder of a job that can be continued. What it holds of another job is removed. @throws LabError storage */
export async function keepJob(folder: string, job: unknown): Promise<void> {
  const text = JSON.stringify(job);
  const found = await readFile(join(folder, JOB_FILE), 'utf8').catch(() => undefined);
  if (found === text) return;
  await rm(folder, { recursive: true, force: true });
  await makeFolder(folder);
  await writeWhole(join(folder, JOB_FILE), text);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
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
