import { fetchSmall } from './fetchSmall';
import { chooseFiles } from './chooseFiles';
import { systemClock, type Clock } from './clock';
import { fileUrl } from './fileUrl';
import type { RequestContext } from './request';
import { splitHubId } from './origin';
import type { ModelKey } from './paths';
import { findCommit, listFiles } from './tree';
import type { Hub, HubFile, HubModel } from './types';
import { fileHash, mismatch } from './verify';

const MAIN = 'main';
/** Maximum size of an index, which has a line for each tensor. */
const MAX_INDEX_BYTES = 32 << 20;

export interface FindOptions {
  /** Branch, tag or commit; `main` by default. */
  revision?: string;
  signal?: AbortSignal;
  clock?: Clock;
}

/**
 * Looks up the files of a model on the hub, at the commit that its revision refers to now.
 * @param id `owner/name`
 * @throws LabError bad-input (no such model or revision, or not accessible), unsupported (required files are missing),
 *   bad-file (an invalid response), network; Cancelled
 */
export async function findModel(
  hub: Hub,
  id: string,
  { revision, signal, clock = systemClock }: FindOptions = {},
): Promise<HubModel> {
  // Throws for an invalid name, including an id that contains a revision.
  splitHubId(`${id}@${revision ?? MAIN}`);
  const context: RequestContext = { hub, clock, signal };
  const key = { id, revision: await findCommit(context, id, revision ?? MAIN) };
  const files = await listFiles(context, key);
  const asked = revision === key.revision ? undefined : revision;
  return { ...key, asked, files: await chooseFiles(id, files, (index) => readIndex(context, key, index)) };
}

async function readIndex(context: RequestContext, key: ModelKey, index: HubFile): Promise<Uint8Array> {
  const subject = { hub: context.hub, ...key, file: index.name };
  const { bytes } = await fetchSmall(
    context,
    fileUrl(context.hub, key, index.name),
    subject,
    MAX_INDEX_BYTES,
  );
  const hash = await fileHash(index);
  hash.update(bytes);
  if (!hash.matches()) throw mismatch(index.name);
  return bytes;
}
