import { createHash, type Hash } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ArtefactSink } from '../../artefact/sink';
import { throwIfAborted } from '../../base/errors';
import { guarded } from './writeFile';

/** Number of bytes that are copied at a time. */
const CHUNK_BYTES = 4 << 20;

/** A written artefact. */
export interface ArtefactFile {
  /** Size of the file in bytes. */
  bytes: number;
  sha256: string;
}

interface SpoolRange {
  at: number;
  length: number;
}

/**
 * Writes an artefact to disk without holding it in memory. The header, which comes first, needs all lengths, so tensors
 * are first written to a spool file next to the target and then copied. The file has a temporary name until it is
 * complete, and temporary files are deleted if the work fails or is cancelled. At the end it needs twice the size of the
 * file.
 */
export class FileSink implements ArtefactSink<ArtefactFile> {
  private readonly spoolPath: string;
  private readonly temporary: string;
  private readonly places = new Map<string, SpoolRange>();
  /** Temporary files that are deleted at the end. */
  private readonly made: string[] = [];
  private spool: FileHandle | undefined;
  private spooled = 0;

  constructor(private readonly path: string) {
    this.spoolPath = `${path}.${process.pid}.spool.part`;
    this.temporary = `${path}.${process.pid}.part`;
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return guarded(this.path, async () => {
      this.spool ??= await this.make(this.spoolPath, 'w+');
      await writeAll(this.spool, bytes, this.spooled);
      this.places.set(name, { at: this.spooled, length: bytes.byteLength });
      this.spooled += bytes.byteLength;
    });
  }

  async finish(head: Uint8Array, names: readonly string[], signal?: AbortSignal): Promise<ArtefactFile> {
    try {
      return await guarded(this.path, () => this.assemble(head, names, signal));
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    await this.spool?.close();
    this.spool = undefined;
    for (const path of this.made.splice(0)) await rm(path, { force: true });
  }

  private async make(path: string, flags: 'w' | 'w+'): Promise<FileHandle> {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, flags);
    this.made.push(path);
    return handle;
  }

  private async assemble(
    head: Uint8Array,
    names: readonly string[],
    signal?: AbortSignal,
  ): Promise<ArtefactFile> {
    const hash = createHash('sha256');
    const target = await this.make(this.temporary, 'w');
    let bytes = 0;
    try {
      await writeAll(target, head, 0);
      hash.update(head);
      bytes = head.byteLength;
      for (const name of names) {
        const place = this.places.get(name)!;
        await this.copy(place, target, bytes, hash, signal);
        bytes += place.length;
      }
    } finally {
      await target.close();
    }
    await rename(this.temporary, this.path);
    return { bytes, sha256: hash.digest('hex') };
  }

  private async copy(
    { at, length }: SpoolRange,
    target: FileHandle,
    to: number,
    hash: Hash,
    signal?: AbortSignal,
  ) {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, length));
    for (let done = 0; done < length;) {
      throwIfAborted(signal);
      const count = Math.min(buffer.length, length - done);
      const { bytesRead } = await this.spool!.read(buffer, 0, count, at + done);
      if (bytesRead === 0) throw new Error('the spool was truncated');
      const chunk = buffer.subarray(0, bytesRead);
      await writeAll(target, chunk, to + done);
      hash.update(chunk);
      done += bytesRead;
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
