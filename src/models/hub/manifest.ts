import * as v from 'valibot';
import { manifestPath, type ModelKey } from './paths';
import { readNote, writeNote } from './storedJson';
import type { DownloadStore, HubFile, HubModel } from './types';

const SCHEMA = 'bitcurve.download/1';
const hex = (digits: number) => v.pipe(v.string(), v.length(digits), v.regex(/^[0-9a-f]+$/));
const name = v.pipe(v.string(), v.maxLength(200), v.regex(/^[\w.-]+$/));
const file = v.object({
  name,
  bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  sha256: v.optional(hex(64)),
  gitSha1: v.optional(hex(40)),
});
const manifest = v.object({
  schema: v.literal(SCHEMA),
  id: v.string(),
  revision: v.string(),
  begun: v.pipe(v.number(), v.finite()),
  asked: v.optional(v.array(v.string()), []),
  files: v.array(file),
});

/** What a download is to consist of, kept beside its files: they can be used and gone on with without the hub. */
export interface Manifest extends Omit<HubModel, 'asked'> {
  /** Every branch, tag or short commit it was asked by. */
  asked: string[];
  /** Milliseconds since 1970. */
  begun: number;
}

/** @returns undefined when there is none, or not a whole one */
export async function readManifest(store: DownloadStore, key: ModelKey): Promise<Manifest | undefined> {
  const { success, output } = v.safeParse(manifest, await readNote(store, manifestPath(key)));
  return success && output.id === key.id && output.revision === key.revision ? output : undefined;
}

/** Keeps what the model consists of and what it was asked by, unless that is kept already. */
export async function keepManifest(
  store: DownloadStore,
  { id, revision, asked, files }: HubModel,
  now: number,
): Promise<void> {
  const kept = await readManifest(store, { id, revision });
  const names = new Set(kept?.asked);
  if (asked !== undefined) names.add(asked);
  const same = JSON.stringify(kept?.files.map(plain)) === JSON.stringify(files.map(plain));
  if (same && names.size === kept!.asked.length) return;
  const note = { schema: SCHEMA, id, revision, asked: [...names], begun: now, files: files.map(plain) };
  await writeNote(store, manifestPath({ id, revision }), note);
}

function plain({ name, bytes, sha256, gitSha1 }: HubFile): HubFile {
  return { name, bytes, sha256, gitSha1 };
}
