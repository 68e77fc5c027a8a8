import { throwIfAborted } from '../../base/errors';
import { checksumOf, readState, writeState, type FileState } from './fileState';
import { filePath, type ModelKey } from './paths';
import type { DownloadStore, HubFile, StoreWriter } from './types';
import { fileHash, type FileHash } from './verify';

/** Maximum number of bytes that a crash can lose. */
const FLUSH_BYTES = 8 << 20;
/** Number of bytes that are read at a time to hash the stored part. */
const CHUNK_BYTES = 4 << 20;

/** A file that is being downloaded: its stored part, its hash, and the tag of the response it comes from. */
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
   * Opens the stored part of a file and hashes it. The caller must hold the model's lock and close the part.
   * @throws LabError storage; bad-file if the hub lists no checksum; Cancelled
   */
  static async open(
    store: DownloadStore,
    key: ModelKey,
    file: HubFile,
    signal?: AbortSignal,
  ): Promise<PartialFile> {
    const hash = await fileHash(file);
    const { etag, verified } = await readState(store, key, file.name);
    // The bytes are about to change, so they are no longer verified.
    if (verified !== undefined) await writeState(store, key, file.name, { etag });
    const hashed = await hashStored(store, filePath(key, file.name), file.bytes, hash, signal);
    const writer = await store.write(filePath(key, file.name));
    const part = new PartialFile(store, key, file, writer, hash, { etag }, hashed);
    try {
      if (writer.size !== hashed) await part.restart();
      return part;
    } catch (error) {
      // An open writer would lock the file.
      await part.close();
      throw error;
    }
  }

  /** The number of stored bytes. */
  get size(): number {
    return this.length;
  }

  /** Whether all bytes are stored. */
  get complete(): boolean {
    return this.length === this.file.bytes;
  }

  /** The entity tag of the response that the bytes come from. */
  get etag(): string | undefined {
    return this.state.etag;
  }

  /** Stores the entity tag of the response that the next bytes come from. */
  async tag(etag: string | undefined): Promise<void> {
    if (etag === this.state.etag) return;
    this.state = { etag };
    await writeState(this.store, this.key, this.file.name, this.state);
  }

  /** Appends bytes and flushes from time to time. */
  async append(bytes: Uint8Array): Promise<void> {
    await this.writer.write(this.length, bytes);
    this.hash.update(bytes);
    this.length += bytes.byteLength;
    this.unflushed += bytes.byteLength;
    if (this.unflushed < FLUSH_BYTES) return;
    await this.writer.flush();
    this.unflushed = 0;
  }

  /** Deletes the stored part. */
  async restart(): Promise<void> {
    await this.writer.truncate(0);
    this.hash.restart();
    this.length = 0;
  }

  /**
   * Compares the checksum with that of the hub and marks the file as verified, or deletes it.
   * @returns whether the checksums agree
   */
  async verify(): Promise<boolean> {
    if (!this.hash.matches()) {
      await this.restart();
      return false;
    }
    await this.writer.flush();
    const verified = checksumOf(this.file);
    await writeState(this.store, this.key, this.file.name, { ...this.state, verified });
    return true;
  }

  /** Closes the writer. */
  async close(): Promise<void> {
    await this.writer.close();
  }
}

/** Hashes the stored bytes. @returns their number; 0, without hashing, if there are more than `limit` */
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
