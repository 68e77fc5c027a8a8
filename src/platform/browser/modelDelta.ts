import type { EncoderChoice } from '../../delta/choose';
import {
  makeModelDelta,
  type DeltaProgress,
  type FinishedTensors,
  type MadeModelDelta,
} from '../../delta/make';
import { openModelFolder } from '../../delta/modelFolder';
import type { FileSource } from '../../models/load/files';
import { blobSource } from '../../models/load/pickedFiles';

/** The models of a delta by name, and how it is stored. */
export interface DeltaRequest {
  base: string;
  tuned: string;
  choice: EncoderChoice;
}

/** A delta as one file, which the browser may keep on its disk. */
export interface BlobDelta extends Omit<MadeModelDelta, 'pieces'> {
  content: Blob;
}

/** Tensors of the delta that was stopped last, so that the next call continues it. */
const finished = blobStore();

/**
 * Makes the delta from one model to another. A stopped delta is continued by the same call.
 * @throws LabError as `makeModelDelta`; Cancelled
 */
export async function makeBlobDelta(
  files: { base: FileSource; tuned: FileSource },
  choice: EncoderChoice,
  progress: DeltaProgress,
): Promise<BlobDelta> {
  const { signal } = progress;
  const base = await openModelFolder(files.base, signal);
  const tuned = await openModelFolder(files.tuned, signal);
  const { pieces, ...made } = await makeModelDelta({ base, tuned }, choice, finished, progress);
  const parts: Blob[] = [];
  for await (const piece of pieces()) parts.push(new Blob([piece as Uint8Array<ArrayBuffer>]));
  await finished.begin({});
  return { ...made, content: new Blob(parts) };
}

/** Keeps finished tensors as blobs, outside of the worker's own memory. */
function blobStore(): FinishedTensors {
  const files = new Map<number, Blob>();
  let current = '';
  return {
    async begin(job) {
      const text = JSON.stringify(job);
      if (text !== current) files.clear();
      current = text;
    },
    async open(index) {
      const file = files.get(index);
      return file && blobSource(`tensor ${index}`, file);
    },
    async write(index, file) {
      files.set(index, new Blob([file as Uint8Array<ArrayBuffer>]));
    },
  };
}
