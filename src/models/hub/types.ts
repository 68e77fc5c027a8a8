import type { ByteSource } from '../../formats/byteSource';

/** One file of a repository at one commit. */
export interface HubFile {
  name: string;
  /** Size of the file in bytes. */
  bytes: number;
  /** SHA-256 of the content, hex. Files in the hub's large-file storage have it, including all weights. */
  sha256?: string;
  /** Git's SHA-1 of the content as a blob, hex. Small files have it instead of SHA-256. */
  gitSha1?: string;
}

/** The files of a model on the hub that the lab needs, at one commit. */
export interface HubModel {
  /** `owner/name`. */
  id: string;
  /** Commit hash. */
  revision: string;
  /** The branch, tag or short commit by which it was requested, if any. */
  asked?: string;
  /** config.json, the weights in one format (one file, or an index and its shards), tokenizer and preprocessor. */
  files: readonly HubFile[];
}

/** A hub and the store for its models. */
export interface Hub {
  /** The origin, such as `https://huggingface.co`, without a slash at the end. */
  origin: string;
  store: DownloadStore;
  /** Returns the access token for private models. It is kept only in memory and sent only to the origin. */
  token?: () => string | undefined;
}

/** The progress of a download. */
export interface DownloadProgress {
  /** The name of the current file. */
  file: string;
  /** The number of stored bytes of the model. */
  loaded: number;
  /** The size of the model in bytes. */
  total: number;
  /** The rate over the last seconds; 0 during a pause. */
  bytesPerSecond: number;
  /** The estimated remaining time; undefined while nothing arrives. */
  secondsLeft?: number;
  /** The reason of a pause, as a sentence. */
  waiting?: string;
}

/** A stored model, complete or not. */
export interface StoredModel {
  id: string;
  revision: string;
  /** The number of stored bytes, including incomplete files. */
  bytes: number;
  /** The size of the model in bytes. */
  total: number;
  complete: boolean;
}

/**
 * A persistent store of files: the browser's private file system, a folder, or memory in tests. Paths are relative, with "/".
 * Every method throws LabError storage with the reason (quota, permission).
 */
export interface DownloadStore {
  /** Lists all files whose path begins with `prefix`. */
  list(prefix: string): Promise<{ path: string; bytes: number }[]>;
  /** Opens a file for reading. @returns undefined if it does not exist */
  read(path: string): Promise<ByteSource | undefined>;
  /**
   * Opens a file for writing and keeps its content. There may be only one writer at a time, so the caller must hold the
   * lock.
   */
  write(path: string): Promise<StoreWriter>;
  /** Deletes all files whose path begins with `prefix`. */
  delete(prefix: string): Promise<void>;
  /** Runs `work` while holding the lock `name` among all tabs and processes; `onWait` is called if it has to wait. */
  locked<T>(name: string, work: () => Promise<T>, signal?: AbortSignal, onWait?: () => void): Promise<T>;
  /** Returns the free space in bytes, or undefined if it is unknown. */
  free(): Promise<number | undefined>;
}

/** Writes to a file of the store. */
export interface StoreWriter {
  readonly size: number;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes all written bytes survive a crash. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
