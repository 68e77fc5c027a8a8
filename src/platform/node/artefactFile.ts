import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtefactSink, StoredArtefact } from '../../artefact/sink';
import { concatenate } from '../../base/concatenate';
import { fileChunks, type ByteSource } from '../../formats/byteSource';
import { readAt } from './localFile';
import { isAlive } from './locks';
import { guarded } from './writeFile';

/** A written artefact. */
export interface ArtefactFile {
  /** Size of the file in bytes. */
  bytes: number;
  sha256: string;
}

/** Tensors of an artefact in a file that is deleted at the end, one after the other as they were put. */
class Spool {
  private readonly path: string;
  private readonly places = new Map<string, { at: number; length: number }>();
  private file: FileHandle | undefined;
  private size = 0;

  constructor(path: string) {
    this.path = path;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.file ??= await create(this.path, 'w+');
    await writeAll(this.file, bytes, this.size);
    this.places.set(name, { at: this.size, length: bytes.byteLength });
    this.size += bytes.byteLength;
  }

  /** Returns the artefact whose header is `head`, and whose tensors follow in the order of `names`. */
  artefact(head: Uint8Array, names: readonly string[]): ByteSource {
    let end = head.byteLength;
    const pieces = names.map((name) => {
      const { at, length } = this.places.get(name)!;
      end += length;
      return { begin: end - length, end, at };
    });
    return {
      size: end,
      owned: true,
      read: async (offset, length) => {
        const last = Math.min(offset + length, end);
        const parts = [head.subarray(offset, last)];
        for (const piece of pieces) {
          const [from, to] = [Math.max(offset, piece.begin), Math.min(last, piece.end)];
          if (from < to) parts.push(await readAt(this.file!, piece.at + from - piece.begin, to - from));
        }
        const filled = parts.filter(({ byteLength }) => byteLength > 0);
        return filled.length === 1 && offset >= head.byteLength ? filled[0] : concatenate(Uint8Array, filled);
      },
    };
  }

  async delete(): Promise<void> {
    if (!this.file) return;
    await this.file.close();
    this.file = undefined;
    await rm(this.path, { force: true });
  }
}

/**
 * Writes an artefact to disk without holding it in memory. The header, which comes first, needs all lengths, so tensors
 * are first written to a spool file next to the target and then copied. The file has a temporary name until it is
 * complete, and temporary files are deleted if the work fails or is cancelled. At the end it needs twice the size of the
 * file.
 */
export class FileSink implements ArtefactSink<ArtefactFile> {
  private readonly path: string;
  private readonly temporary: string;
  private readonly spool: Spool;

  constructor(path: string) {
    this.path = path;
    this.temporary = `${path}.${process.pid}.part`;
    this.spool = new Spool(`${path}.${process.pid}.spool.part`);
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return guarded(this.path, () => this.spool.put(name, bytes));
  }

  async finish(head: Uint8Array, names: readonly string[], signal?: AbortSignal): Promise<ArtefactFile> {
    try {
      return await guarded(this.path, () => this.assemble(this.spool.artefact(head, names), signal));
    } finally {
      await this.discard();
    }
  }

  discard(): Promise<void> {
    return this.spool.delete();
  }

  private async assemble(artefact: ByteSource, signal?: AbortSignal): Promise<ArtefactFile> {
    const hash = createHash('sha256');
    try {
      const target = await create(this.temporary, 'w');
      try {
        let at = 0;
        for await (const chunk of fileChunks(artefact, 0, artefact.size, signal)) {
          await writeAll(target, chunk, at);
          hash.update(chunk);
          at += chunk.byteLength;
        }
      } finally {
        await target.close();
      }
      await rename(this.temporary, this.path);
    } catch (error) {
      await rm(this.temporary, { force: true });
      throw error;
    }
    return { bytes: artefact.size, sha256: hash.digest('hex') };
  }
}

/** Keeps an artefact on disk while it is measured, as the spool file alone. */
export class SpoolSink implements ArtefactSink<StoredArtefact> {
  private readonly path: string;
  private readonly spool: Spool;

  constructor(path: string) {
    this.path = path;
    this.spool = new Spool(path);
  }

  put(name: string, bytes: Uint8Array): Promise<void> {
    return guarded(this.path, () => this.spool.put(name, bytes));
  }

  async finish(head: Uint8Array, names: readonly string[], signal?: AbortSignal): Promise<StoredArtefact> {
    const artefact = this.spool.artefact(head, names);
    const hash = createHash('sha256');
    try {
      for await (const chunk of fileChunks(artefact, 0, artefact.size, signal)) hash.update(chunk);
    } catch (error) {
      await this.discard();
      throw error;
    }
    return { ...artefact, sha256: hash.digest('hex'), dispose: () => this.discard() };
  }

  discard(): Promise<void> {
    return this.spool.delete();
  }
}

/** Returns the path of the spool file number `count` of this process. */
export function spoolPath(folder: string, count: number): string {
  return join(folder, `${process.pid}-${count}`);
}

/** Deletes spool files of processes that were killed. A living process of another machine reads on from the file it has open. */
export async function removeAbandonedSpools(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const abandoned = names.filter((name) => /^\d+-\d+$/.test(name) && !isAlive(Number.parseInt(name, 10)));
  await Promise.all(abandoned.map((name) => rm(join(folder, name), { force: true })));
}

async function create(path: string, flags: 'w' | 'w+'): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  return open(path, flags);
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
