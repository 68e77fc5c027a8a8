import * as fc from 'fast-check';
import { KeyedRandom } from '../../base/random';
import type { Below } from '../mutations';
import { judge, type Judgement } from './judge';
import type { FuzzReader, Prepared } from './reader';
import { shrink } from './shrink';
import { watch, type Watchdog } from './watchdog';

export interface FuzzOptions {
  cases: number;
  /** Up to 2²⁰ − 1; another one breaks files otherwise. */
  seed: number;
}

export interface FuzzResult {
  cases: number;
  accepted: number;
  /** Most bytes asked for in arrays for each byte of a file, of files that are no crumbs. */
  arrays: number;
}

/** A file its reader neither read nor refused, as small as could be found. */
export class FuzzFailure extends Error {
  constructor(
    readonly reader: string,
    readonly seed: number,
    /** Undefined for a file made by fast-check. */
    readonly index: number | undefined,
    readonly bytes: Uint8Array,
    cause: unknown,
  ) {
    const which = index === undefined ? 'a made file' : `case ${index}`;
    super(`The reader ${reader} failed on ${which} of seed ${seed}: ${textOf(cause)}`, { cause });
  }
}

/** A fifth of the cases where a reader has files made from nothing. */
const MADE_SHARE = 5;
/** What any file takes says nothing about files shorter than this. */
const CRUMB_BYTES = 1024;
/** Of the cases of one process, what the numbers of a case are drawn from. */
const INDEXES = 2 ** 32;

/**
 * Breaks as many files as asked for and judges what the reader makes of each.
 * @throws FuzzFailure with the smallest file found
 */
export async function runReader(reader: FuzzReader, { cases, seed }: FuzzOptions): Promise<FuzzResult> {
  const prepared = await reader.prepare();
  const result: FuzzResult = { cases: 0, accepted: 0, arrays: 0 };
  for (const bytes of prepared.seeds) await checkSeed(reader, prepared, bytes);
  const watchdog = watch(reader.name, seed);
  const { warn } = console;
  // Libraries remark on much of what is wrong.
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

/** The broken file of one case. */
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

/** A sound file must be accepted, or its mutations test nothing. */
async function checkSeed(reader: FuzzReader, prepared: Prepared, bytes: Uint8Array): Promise<void> {
  try {
    await prepared.read(bytes);
  } catch (cause) {
    throw new Error(`The reader ${reader.name} refuses a sound file of ${bytes.length} bytes.`, { cause });
  }
}

function tally(result: FuzzResult, bytes: Uint8Array, { accepted, allocated }: Judgement): void {
  result.cases++;
  result.accepted += Number(accepted);
  if (bytes.length >= CRUMB_BYTES) result.arrays = Math.max(result.arrays, allocated.arrays / bytes.length);
}

async function smallest(
  reader: FuzzReader,
  prepared: Prepared,
  bytes: Uint8Array,
  cause: unknown,
): Promise<Uint8Array> {
  const wanted = kindOf(cause);
  const fails = (candidate: Uint8Array) =>
    judge(reader, prepared, candidate).then(
      () => false,
      (error: unknown) => kindOf(error) === wanted,
    );
  return shrink(bytes, fails);
}

/** What failures have in common that differ in their figures only. */
function kindOf(error: unknown): string {
  return textOf(error)
    .replace(/\d+/g, '0')
    .replace(/"[^"]*"/g, '""')
    .slice(0, 60);
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error);
}
