import { sha256Hex } from '../base/checksum';
import { concatenate } from '../base/concatenate';
import { bytesSource, type ByteSource } from '../formats/byteSource';

/** Takes the tensors of an artefact one by one as they are encoded, and puts the file together when all are there. */
export interface ArtefactSink<File> {
  /** Keeps the bytes of one tensor of the file, which belong to the sink from then on. @throws LabError storage */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /**
   * Makes the file. Nothing is put afterwards.
   * @param head everything before the first tensor
   * @param names of all tensors that were put, in the order of the file
   * @throws LabError storage; Cancelled. Nothing of the file is left then.
   */
  finish(head: Uint8Array, names: readonly string[], signal?: AbortSignal): Promise<File>;
  /** Frees everything that was put, in place of `finish`. */
  discard(): Promise<void>;
}

/** Makes a sink that keeps everything in memory. Its file is the bytes. */
export function memorySink(): ArtefactSink<Uint8Array> {
  const kept = new Map<string, Uint8Array>();
  return {
    put: async (name, bytes) => void kept.set(name, bytes),
    finish: async (head, names) => concatenate(Uint8Array, [head, ...names.map((name) => kept.get(name)!)]),
    discard: async () => kept.clear(),
  };
}

/** A finished artefact that is read by range. */
export interface StoredArtefact extends ByteSource {
  sha256: string;
  /** The whole file, if it is in memory. */
  bytes?: Uint8Array;
  /** Frees the memory or the disk space that it takes. */
  dispose(): Promise<void>;
}

/** Makes a sink that keeps an artefact in memory to be read by range. */
export function storedInMemory(): ArtefactSink<StoredArtefact> {
  const sink = memorySink();
  return {
    ...sink,
    async finish(head, names, signal) {
      const bytes = await sink.finish(head, names, signal);
      return { ...bytesSource(bytes), bytes, sha256: await sha256Hex(bytes), dispose: async () => undefined };
    },
  };
}
