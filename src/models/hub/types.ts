import type { ByteSource } from '../../formats/byteSource';

/** One file of a repository at one commit. */
export interface HubFile {
  name: string;
  bytes: number;
  /** SHA-256 of the content, hex: of files in the hub's large-file storage, weights always among them. */
  sha256?: string;
  /** Git's SHA-1 of the content as a blob, hex: of the small files, which have no SHA-256. */
  gitSha1?: string;
}

/** A model as the hub lists it: what the lab needs of it, at one commit. */
export interface HubModel {
  /** `owner/name`. */
  id: string;
  /** Commit hash. */
  revision: string;
  /** The branch, tag or short commit it was asked by, where that was said. */
  asked?: string;
  /** config.json, one form of the weights (one file, or an index and its shards), tokenizer, preprocessor. */
  files: readonly HubFile[];
}

/** Where models are looked up and kept. */
export interface Hub {
  /** For example `https://huggingface.co`; no slash at the end. */
  origin: string;
  store: DownloadStore;
  /** For private models; kept in memory only, and sent to the origin alone. */
  token?: () => string | undefined;
}

export interface DownloadProgress {
  /** The file under way. */
  file: string;
  /** Bytes of the whole model, those already there included. */
  loaded: number;
  total: number;
  /** Over the last seconds; 0 while it waits. */
  bytesPerSecond: number;
  /** Unknown while nothing arrives. */
  secondsLeft?: number;
  /** Why it waits before the next attempt, as a sentence. */
  waiting?: string;
}

/** What is kept of a model. */
export interface StoredModel {
  id: string;
  revision: string;
  /** Of its files that are whole, and of those begun. */
  bytes: number;
  /** All bytes of the model. */
  total: number;
  complete: boolean;
}

/**
 * A place that keeps files across reloads: the browser's private file system, a folder, memory in tests. Paths are relative, with "/".
 * Every method throws LabError storage with the place's reason (quota, permission).
 */
export interface DownloadStore {
  /** Paths of all files that begin with `prefix`. */
  list(prefix: string): Promise<{ path: string; bytes: number }[]>;
  /** @returns undefined when there is none */
  read(path: string): Promise<ByteSource | undefined>;
  /** Opens for writing, whatever is there already kept. One writer at a time: hold the lock. */
  write(path: string): Promise<StoreWriter>;
  /** Deletes every file that begins with `prefix`. */
  delete(prefix: string): Promise<void>;
  /** Runs alone among all tabs and processes that use this place. Waits for its turn; `onWait` is told that it has to. */
  locked<T>(name: string, work: () => Promise<T>, signal?: AbortSignal, onWait?: () => void): Promise<T>;
  /** Bytes that still fit, where the place can say. */
  free(): Promise<number | undefined>;
}

export interface StoreWriter {
  readonly size: number;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** After this the bytes survive a crash. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
