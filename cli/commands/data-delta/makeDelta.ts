import { KeyUnusable, type MadeDelta } from '../../../src/data/delta/make';
import type { RowFile } from '../../../src/data/delta/rows';
import { writeDelta } from '../../../src/platform/node/dataFiles';

/** The field that identifies rows unless another is given. */
const USUAL_KEY = 'id';

interface Options {
  /** A field, null for content, or undefined for `id` where possible. */
  key: string | null | undefined;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
  /** Says why rows are identified by their content. */
  say: (line: string) => void;
}

/** Writes a delta. Without a key, rows are identified by `id` if that is possible, and otherwise by their content. */
export async function makeDelta(
  out: string,
  base: RowFile,
  derived: RowFile,
  { key, say, ...options }: Options,
): Promise<MadeDelta> {
  if (key !== undefined) return writeDelta(out, base, derived, { key, ...options });
  try {
    return await writeDelta(out, base, derived, { key: USUAL_KEY, ...options });
  } catch (error) {
    if (!(error instanceof KeyUnusable)) throw error;
    say(`${error.message} Rows are identified by their content.`);
    return writeDelta(out, base, derived, { key: null, ...options });
  }
}
