import type * as fc from 'fast-check';
import type { ErrorCode } from '../../base/errors';
import type { Below } from '../mutations';

/** A reader of files with a way to break them. Each file in `readers/` defines one. */
export interface FuzzReader {
  name: string;
  /** A description of the files it reads. */
  reads: string;
  /** The number of broken files in a test run. */
  cases: number;
  memory: MemoryBound;
  /** The error codes that a refusal may have; by default `FILE_REFUSALS`. */
  refusals?: readonly ErrorCode[];
  prepare(): Promise<Prepared>;
}

/** A file of n bytes may request factor · n + base bytes in arrays while it is read, including freed ones. */
interface MemoryBound {
  factor: number;
  /** The constant part in bytes; by default `BASE_BYTES`. */
  base?: number;
}

/** The default constant part of a memory bound. */
export const BASE_BYTES = 64 << 10;
/** Maximum growth of the heap per byte of a file; the most expensive pickles need it (torch/memory.test.ts). */
export const HEAP_FACTOR = 128;
/** Constant part of the maximum growth of the heap, for compiled code and garbage of previous cases. */
export const HEAP_BASE_BYTES = 16 << 20;

/** The default error codes of a refusal. */
export const FILE_REFUSALS: readonly ErrorCode[] = ['bad-file', 'unsupported', 'limit'];

/** A reader that is ready to run. */
export interface Prepared {
  /** Valid files, all of which are read before any is broken. */
  seeds: readonly Uint8Array[];
  /** Returns a broken file that depends only on the random numbers. */
  broken(below: Below): Uint8Array;
  /**
   * Reads a file as the lab does, and checks what the lab relies on in an accepted file.
   * @throws LabError to refuse the file; any other error is a defect
   */
  read(bytes: Uint8Array): Promise<void> | void;
  /** Generated files, which make up a fifth of the cases if given. */
  made?: fc.Arbitrary<Uint8Array>;
}
