import * as v from 'valibot';
import { manifestPath, type ModelKey } from './paths';
import { readStoredJson, writeStoredJson } from './storedJson';
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

/** The description of a download, stored with its files, so that they can be used and resumed without the hub. */
export interface Manifest extends Omit<HubModel, 'asked'> {
  /** All branches, tags and short commits by which it was requested. */
  asked: string[];
  /** When the download began, in milliseconds since 1970. */
  begun: number;
}

/** Reads the manifest of a model; undefined if there is none or it is invalid. */
export async function readManifest(store: DownloadStore, key: ModelKey): Promise<Manifest | undefined> {
  const { success, output } = v.safeParse(manifest, await readStoredJson(store, manifestPath(key)));
  return success && output.id === key.id && output.revision === key.revision ? output : undefined;
}

/** Stores the files of a model and the revision by which it was requested, unless they are stored already. */
export async function saveManifest(
  store: DownloadStore,
  { id, revision, asked, files }: HubModel,
  now: number,
): Promise<void> {
  const stored = await readManifest(store, { id, revision });
  const names = new Set(stored?.asked);
  if (asked !== undefined) names.add(asked);
  const same = JSON.stringify(stored?.files.map(plain)) === JSON.stringify(files.map(plain));
  if (same && names.size === stored!.asked.length) return;
  const note = { schema: SCHEMA, id, revision, asked: [...names], begun: now, files: files.map(plain) };
  await writeStoredJson(store, manifestPath({ id, revision }), note);
}

function plain({ name, bytes, sha256, gitSha1 }: HubFile): HubFile {
  return { name, bytes, sha256, gitSha1 };
}
