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
/** An index has a line for each tensor. */
const MAX_INDEX_BYTES = 32 << 20;

export interface FindOptions {
  /** Branch, tag or commit; `main` by default. */
  revision?: string;
  signal?: AbortSignal;
  clock?: Clock;
}

/**
 * Asks the hub what a model consists of, at the commit its revision stands for now.
 * @param id `owner/name`
 * @throws LabError bad-input (no such model or revision, not allowed), unsupported (not in a layout the lab reads), bad-file (an answer
 * that cannot be used), network; Cancelled
 */
export async function findModel(
  hub: Hub,
  id: string,
  { revision, signal, clock = systemClock }: FindOptions = {},
): Promise<HubModel> {
  // Throws for what is no name; an id with a revision of its own is none here.
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
