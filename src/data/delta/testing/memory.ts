import { bytesSource } from '../../../formats/byteSource';
import { openDelta, restore } from '../apply';
import { openCsv } from '../csv';
import { openJsonLines } from '../jsonl';
import { DeltaMaker, type MadeDelta } from '../make';
import type { DataKind, RowFile } from '../rows';

/** Opens a text as a data set in memory. */
export function dataSet(
  text: string | Uint8Array,
  kind: Exclude<DataKind, 'parquet'> = 'jsonl',
  name = 'data',
): Promise<RowFile> {
  const source = bytesSource(typeof text === 'string' ? new TextEncoder().encode(text) : text);
  return kind === 'csv' ? openCsv(name, source) : openJsonLines(name, source);
}

/** Makes a delta in memory. @returns its text, and what was found */
export async function deltaOf(
  base: RowFile,
  derived: RowFile,
  key: string | null = 'id',
): Promise<MadeDelta & { text: string }> {
  const maker = await DeltaMaker.open(base, derived, { key });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let operations = '';
  for await (const piece of maker.operations()) operations += decoder.decode(piece);
  const made = maker.finish();
  return { ...made, text: `${JSON.stringify(made.header)}\n${operations}` };
}

/** Restores a data set in memory. */
export async function restored(base: RowFile, delta: string | Uint8Array): Promise<string> {
  const bytes = typeof delta === 'string' ? new TextEncoder().encode(delta) : delta;
  const opened = await openDelta('delta', bytesSource(bytes));
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  for await (const piece of restore(base, opened)) text += decoder.decode(piece);
  return text;
}
