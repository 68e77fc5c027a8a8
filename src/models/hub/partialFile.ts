import { throwIfAborted } from '../../base/errors';
import { checksumOf, readState, writeState, type FileState } from './fileState';
import { filePath, type ModelKey } from './paths';
import type { DownloadStore, HubFile, StoreWriter } from './types';
import { fileHash, type FileHash } from './verify';

/** What a crash may lose. */
const FLUSH_BYTES = 8 << 20;
/** Read at a time to hash what is there. */
const CHUNK_BYTES = 4 << 20;

/** A file on its way into the store: what is there, what it hashes to, which answer it comes from. */
export class PartialFile {
  private unflushed = 0;

  private constructor(
    private readonly store: DownloadStore,
    private readonly key: ModelKey,
    readonly file: HubFile,
    private readonly writer: StoreWriter,
    private readonly hash: FileHash,
    private state: FileState,
    private length: number,
  ) {}

  /**
   * Opens what is there, and hashes it. Hold the model's lock; close it in the end.
   * @throws LabError storage or bad-file (no checksum to hold it to); Cancelled
   */
  static async open(
    store: DownloadStore,
    key: ModelKey,
    file: HubFile,
    signal?: AbortSignal,
  ): Promise<PartialFile> {
    const hash = await fileHash(file);
    const { etag, verified } = await readState(store, key, file.name);
    // Its bytes are about to change.
    if (verified !== undefined) await writeState(store, key, file.name, { etag });
    const hashed = await hashStored(store, filePath(key, file.name), file.bytes, hash, signal);
    const writer = await store.write(filePath(key, file.name));
    const part = new PartialFile(store, key, file, writer, hash, { etag }, hashed);
    try {
      if (writer.size !== hashed) await part.restart();
      return part;
    } catch (error) {
      // Left open it would keep everybody from the file.
      await part.close();
      throw error;
    }
  }

  /** Bytes that are there. */
  get size(): number {
    return this.length;
  }

  get complete(): boolean {
    return this.length === this.file.bytes;
  }

  /** Tag of the answer the bytes come from. */
  get etag(): string | undefined {
    return this.state.etag;
  }

  /** Notes which answer the bytes to come belong to. */
  async tag(etag: string | undefined): Promise<void> {
    if (etag === this.state.etag) return;
    this.state = { etag };
    await writeState(this.store, this.key, this.file.name, this.state);
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.writer.write(this.length, bytes);
    this.hash.update(bytes);
    this.length += bytes.byteLength;
    this.unflushed += bytes.byteLength;
    if (this.unflushed < FLUSH_BYTES) return;
    await this.writer.flush();
    this.unflushed = 0;
  }

  async restart(): Promise<void> {
    await this.writer.truncate(0);
    this.hash.restart();
    this.length = 0;
  }

  /**
   * Notes that the file is whole if it is what the hub lists; otherwise deletes it.
   * @returns whether it is
   */
  async seal(): Promise<boolean> {
    if (!this.hash.matches()) {
      await this.restart();
      return false;
    }
    await this.writer.flush();
    const verified = checksumOf(this.file);
    await writeState(this.store, this.key, this.file.name, { ...this.state, verified });
    return true;
  }

  async close(): Promise<void> {
    await this.writer.close();
  }
}

/** @returns how many bytes are there; 0 for more than the file can have, and nothing is hashed then */
async function hashStored(
  store: DownloadStore,
  path: string,
  limit: number,
  hash: FileHash,
  signal?: AbortSignal,
): Promise<number> {
  const source = await store.read(path);
  if (!source || source.size > limit) return 0;
  for (let at = 0; at < source.size; at += CHUNK_BYTES) {
    throwIfAborted(signal);
    hash.update(await source.read(at, Math.min(CHUNK_BYTES, source.size - at)));
  }
  return source.size;
}
