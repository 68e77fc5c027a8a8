import * as fc from 'fast-check';
import { KeyedRandom } from '../../base/random';
import type { Below } from '../mutations';
import { judge, type Judgement } from './judge';
import type { FuzzReader, Prepared } from './reader';
import { shrink } from './shrink';
import { watch, type Watchdog } from './watchdog';

/** The options of a run. */
export interface FuzzOptions {
  cases: number;
  /** Up to 2²⁰ − 1; it determines how files are broken. */
  seed: number;
}

/** The result of a run without failures. */
export interface FuzzResult {
  cases: number;
  accepted: number;
  /** The maximum number of requested bytes in arrays per byte of a file, for files of at least 1 KiB. */
  arrays: number;
}

/** The error about a file that its reader neither read nor refused; the file has been shrunk. */
export class FuzzFailure extends Error {
  constructor(
    readonly reader: string,
    readonly seed: number,
    /** The number of the case; undefined for a generated file. */
    readonly index: number | undefined,
    readonly bytes: Uint8Array,
    cause: unknown,
  ) {
    const which = index === undefined ? 'a generated file' : `case ${index}`;
    super(`The reader ${reader} failed on ${which} of seed ${seed}: ${textOf(cause)}`, { cause });
  }
}

/** One of this many cases is a generated file if the reader has any. */
const MADE_SHARE = 5;
/** Minimum file size for the statistics on memory, since the constant part dominates below. */
const MIN_MEASURED_BYTES = 1024;
/** Number of different cases per seed. */
const INDEXES = 2 ** 32;

/**
 * Breaks the requested number of files and checks how the reader handles each.
 * @throws FuzzFailure with the shrunk file
 */
export async function runReader(reader: FuzzReader, { cases, seed }: FuzzOptions): Promise<FuzzResult> {
  const prepared = await reader.prepare();
  const result: FuzzResult = { cases: 0, accepted: 0, arrays: 0 };
  for (const bytes of prepared.seeds) await checkSeed(reader, prepared, bytes);
  const watchdog = watch(reader.name, seed);
  const { warn } = console;
  // Libraries log many warnings about broken files.
  console.warn = () => undefined;
  try {
    const made = prepared.made ? Math.floor(cases / MADE_SHARE) : 0;
    for (let index = 0; index < cases - made; index++)
      await runCase({ reader, prepared, seed, watchdog, result }, index);
    if (made > 0) await runMade({ reader, prepared, seed, watchdog, result }, made);
  } finally {
    console.warn = warn;
    watchdog.stop();
  }
  return result;
}

interface Run {
  reader: FuzzReader;
  prepared: Prepared;
  seed: number;
  watchdog: Watchdog;
  result: FuzzResult;
}

/** Returns the broken file of a case. */
export function brokenFile(reader: FuzzReader, prepared: Prepared, seed: number, index: number): Uint8Array {
  return prepared.broken(belowOf(reader.name, seed, index));
}

function belowOf(name: string, seed: number, index: number): Below {
  const stream = [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7) >>> 0;
  const random = new KeyedRandom(seed * INDEXES + index, stream);
  return (n) => Math.floor(random.nextUniform() * n);
}

async function runCase({ reader, prepared, seed, watchdog, result }: Run, index: number): Promise<void> {
  const bytes = brokenFile(reader, prepared, seed, index);
  watchdog.begin(index);
  try {
    tally(result, bytes, await judge(reader, prepared, bytes));
  } catch (cause) {
    watchdog.rest();
    throw new FuzzFailure(reader.name, seed, index, await smallest(reader, prepared, bytes, cause), cause);
  }
  watchdog.rest();
}

async function runMade({ reader, prepared, seed, watchdog, result }: Run, runs: number): Promise<void> {
  let count = result.cases;
  const property = fc.asyncProperty(prepared.made!, async (bytes) => {
    watchdog.begin(count++);
    tally(result, bytes, await judge(reader, prepared, bytes));
    watchdog.rest();
  });
  const { counterexample, errorInstance } = await fc.check(property, { numRuns: runs, seed });
  if (counterexample) throw new FuzzFailure(reader.name, seed, undefined, counterexample[0], errorInstance);
}

/** Checks that a valid file is accepted, since its mutations would otherwise test nothing. */
async function checkSeed(reader: FuzzReader, prepared: Prepared, bytes: Uint8Array): Promise<void> {
  try {
    await prepared.read(bytes);
  } catch (cause) {
    throw new Error(`The reader ${reader.name} refuses a valid file of ${bytes.length} bytes.`, { cause });
  }
}

function tally(result: FuzzResult, bytes: Uint8Array, { accepted, allocated }: Judgement): void {
  result.cases++;
  result.accepted += Number(accepted);
  if (bytes.length >= MIN_MEASURED_BYTES)
    result.arrays = Math.max(result.arrays, allocated.arrays / bytes.length);
}

async function smallest(
  reader: FuzzReader,
  prepared: Prepared,
  bytes: Uint8Array,
  cause: unknown,
): Promise<Uint8Array> {
  const kind = kindOf(cause);
  const fails = (candidate: Uint8Array) =>
    judge(reader, prepared, candidate).then(
      () => false,
      (error: unknown) => kindOf(error) === kind,
    );
  return shrink(bytes, fails);
}

/** Returns the text of an error without numbers and quoted names, so that similar failures are equal. */
function kindOf(error: unknown): string {
  return textOf(error)
    .replace(/\d+/g, '0')
    .replace(/"[^"]*"/g, '""')
    .slice(0, 60);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
}
