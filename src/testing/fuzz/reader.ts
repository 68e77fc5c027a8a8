import type * as fc from 'fast-check';
import type { ErrorCode } from '../../base/errors';
import type { Below } from '../mutations';

/** A reader of files, and how to break what it reads. One file in `readers/` is one more reader to break. */
export interface FuzzReader {
  name: string;
  /** What it reads, for people. */
  reads: string;
  /** Broken files of an ordinary test run. */
  cases: number;
  memory: MemoryBound;
  /** What a refusal may say it is; absent: `FILE_REFUSALS`. */
  refusals?: readonly ErrorCode[];
  prepare(): Promise<Prepared>;
}

/** What a file of n bytes may ask for while it is read: factor · n + base bytes in arrays, all added up, freed ones too. */
interface MemoryBound {
  factor: number;
  /** Bytes that any file may take; absent: BASE_BYTES. */
  base?: number;
}

export const BASE_BYTES = 64 << 10;
/** Growth of the heap while a file is read, for each of its bytes: what the worst pickles take (torch/memory.test.ts). */
export const HEAP_FACTOR = 128;
/** The same for any file: compiled code, and garbage of the cases before. */
export const HEAP_BASE_BYTES = 16 << 20;

export const FILE_REFUSALS: readonly ErrorCode[] = ['bad-file', 'unsupported', 'limit'];

export interface Prepared {
  /** Sound files: all of them are read before any is broken. */
  seeds: readonly Uint8Array[];
  /** A broken file, a function of the numbers drawn alone. */
  broken(below: Below): Uint8Array;
  /**
   * Reads a file as far as the lab does before it relies on it, and checks what it then relies on.
   * @throws LabError to refuse the file; anything else is a defect
   */
  read(bytes: Uint8Array): Promise<void> | void;
  /** Files made from nothing; a fifth of the cases where given. */
  made?: fc.Arbitrary<Uint8Array>;
}
