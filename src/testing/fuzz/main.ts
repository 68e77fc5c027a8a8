import { readFileSync } from 'node:fs';
import { judge } from './judge';
import type { FuzzReader } from './reader';
import { fuzzReaders } from './registry';
import { reproduce, writeCase } from './reproduce';
import { brokenFile, runReader } from './runner';

/** The options of `npm run fuzz`. */
export interface FuzzRequest {
  /** The name of the reader; all readers if absent. */
  reader?: string;
  /** The total number of files, distributed among readers as in a test run; if absent, the number of a test run. */
  cases?: number;
  seed: number;
  /** The number of a single case to read. */
  index?: number;
  /** The path of a single file to read. */
  file?: string;
}

/** Prints a line. */
export type Show = (line: string) => void;

/** Returns the names and properties of all readers. */
export async function readerTable(): Promise<
  readonly Pick<FuzzReader, 'name' | 'reads' | 'cases' | 'memory'>[]
> {
  return fuzzReaders();
}

/** Breaks files and reads them. @throws Error with the failure and the path of the file */
export async function fuzz(request: FuzzRequest, show: Show): Promise<void> {
  const all = await fuzzReaders();
  const chosen = all.filter(({ name }) => request.reader === undefined || name === request.reader);
  if (request.index !== undefined || request.file !== undefined) return readOne(chosen[0], request, show);
  const standard = chosen.reduce((sum, { cases }) => sum + cases, 0);
  let total = 0;
  for (const reader of chosen) {
    const cases = Math.ceil((reader.cases * (request.cases ?? standard)) / standard);
    show(`${reader.name}: ${cases} files, seed ${request.seed} …`);
    const { accepted, arrays } = await runReader(reader, { cases, seed: request.seed }).catch(reproduce);
    show(`  ${accepted} accepted, ${cases - accepted} refused; arrays up to ${arrays.toFixed(1)} × the file`);
    total += cases;
  }
  show(`${total} files were read or refused as required.`);
}

/** Writes one file so that it can be inspected, and reads it. */
async function readOne(reader: FuzzReader, { seed, index, file }: FuzzRequest, show: Show): Promise<void> {
  const prepared = await reader.prepare();
  const bytes =
    file === undefined ? brokenFile(reader, prepared, seed, index!) : new Uint8Array(readFileSync(file));
  show(file ?? writeCase(reader.name, seed, index, bytes));
  const { accepted, allocated } = await judge(reader, prepared, bytes);
  show(`${accepted ? 'accepted' : 'refused'}; ${allocated.arrays} bytes in arrays`);
}
