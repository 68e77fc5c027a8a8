import { readFileSync } from 'node:fs';
import { judge } from './judge';
import type { FuzzReader } from './reader';
import { fuzzReaders } from './registry';
import { reproduce, writeCase } from './reproduce';
import { brokenFile, runReader } from './runner';

export interface FuzzRequest {
  /** All readers where absent. */
  reader?: string;
  /** Files in all, shared out as an ordinary test run does; its own number where absent. */
  cases?: number;
  seed: number;
  /** This case alone. */
  index?: number;
  /** This file alone. */
  file?: string;
}

/** What the command line shows. */
export type Show = (line: string) => void;

/** Names of all readers, and the files an ordinary run breaks for each. */
export async function readerTable(): Promise<
  readonly Pick<FuzzReader, 'name' | 'reads' | 'cases' | 'memory'>[]
> {
  return fuzzReaders();
}

/** Breaks files as asked for. @throws Error telling what failed, and where the file is that it failed on */
export async function fuzz(request: FuzzRequest, show: Show): Promise<void> {
  const all = await fuzzReaders();
  const chosen = all.filter(({ name }) => request.reader === undefined || name === request.reader);
  if (request.index !== undefined || request.file !== undefined) return readOne(chosen[0], request, show);
  const ordinary = chosen.reduce((sum, { cases }) => sum + cases, 0);
  let total = 0;
  for (const reader of chosen) {
    const cases = Math.ceil((reader.cases * (request.cases ?? ordinary)) / ordinary);
    show(`${reader.name}: ${cases} files, seed ${request.seed} …`);
    const { accepted, arrays } = await runReader(reader, { cases, seed: request.seed }).catch(reproduce);
    show(`  ${accepted} accepted, ${cases - accepted} refused; arrays up to ${arrays.toFixed(1)} × the file`);
    total += cases;
  }
  show(`${total} files, each read or refused in a sentence.`);
}

/** Reads one file again, after writing it where it can be looked at. */
async function readOne(reader: FuzzReader, { seed, index, file }: FuzzRequest, show: Show): Promise<void> {
  const prepared = await reader.prepare();
  const bytes =
    file === undefined ? brokenFile(reader, prepared, seed, index!) : new Uint8Array(readFileSync(file));
  show(file ?? writeCase(reader.name, seed, index, bytes));
  const { accepted, allocated } = await judge(reader, prepared, bytes);
  show(`${accepted ? 'accepted' : 'refused'}; ${allocated.arrays} bytes in arrays`);
}
