import * as v from 'valibot';
import { LabError } from '../../base/errors';
import { fetchSmall } from './fetchSmall';
import type { RequestContext } from './request';
import type { ModelKey } from './paths';
import type { HubFile } from './types';

/** Maximum size of a response of the hub's API; a page of the tree has at most 1,000 entries. */
const MAX_ANSWER_BYTES = 8 << 20;
/** Limits of the tree, above any model. */
const MAX_FILES = 100_000;
const MAX_PAGES = 100;

const COMMIT = /^[0-9a-f]{40}$/;
const hex = (digits: number) => v.pipe(v.string(), v.length(digits), v.regex(/^[0-9a-f]+$/));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const revisionAnswer = v.object({ sha: hex(40) });
const treeAnswer = v.array(
  v.object({
    type: v.string(),
    path: v.string(),
    size,
    oid: hex(40),
    lfs: v.optional(v.object({ oid: hex(64), size })),
  }),
);

/**
 * Resolves a branch, tag or commit of a model to its current commit.
 * @throws LabError bad-input, network or bad-file; Cancelled
 */
export async function findCommit(context: RequestContext, id: string, revision: string): Promise<string> {
  const url = `${context.hub.origin}/api/models/${id}/revision/${encodeURIComponent(revision)}`;
  const { bytes } = await fetchSmall(context, url, { hub: context.hub, id, revision }, MAX_ANSWER_BYTES);
  const { sha } = parse(revisionAnswer, bytes, id);
  if (COMMIT.test(revision) && sha !== revision)
    throw invalid(id, `it is about another commit than ${revision}`);
  return sha;
}

/**
 * Lists the files in the root of a model's repository by name. Folders, which have formats of other runtimes, are ignored.
 * @throws LabError bad-input, network or bad-file; Cancelled
 */
export async function listFiles(context: RequestContext, key: ModelKey): Promise<Map<string, HubFile>> {
  const first = `${context.hub.origin}/api/models/${key.id}/tree/${key.revision}?recursive=false`;
  const files = new Map<string, HubFile>();
  let url: string | undefined = first;
  for (let page = 0; url !== undefined; page++) {
    if (page === MAX_PAGES) throw invalid(key.id, `its list of files has more than ${MAX_PAGES} pages`);
    const { bytes, headers } = await fetchSmall(context, url, { hub: context.hub, ...key }, MAX_ANSWER_BYTES);
    for (const { type, path, size, oid, lfs } of parse(treeAnswer, bytes, key.id))
      if (type === 'file')
        files.set(
          path,
          lfs ? { name: path, bytes: lfs.size, sha256: lfs.oid } : { name: path, bytes: size, gitSha1: oid },
        );
    if (files.size > MAX_FILES) throw invalid(key.id, `its list of files has more than ${MAX_FILES} entries`);
    url = nextPage(headers.get('link'), first, key.id);
  }
  return files;
}

/** Returns the URL of the next page, which must be at the same address, since the token is sent with the request. */
function nextPage(link: string | null, first: string, id: string): string | undefined {
  const [, target] = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '') ?? [];
  if (target === undefined) return undefined;
  const here = new URL(first);
  const next = URL.canParse(target, first) ? new URL(target, first) : undefined;
  if (next?.origin === here.origin && next.pathname === here.pathname) return next.href;
  throw invalid(id, 'the next page of its list of files is at another address');
}

function parse<T>(schema: v.GenericSchema<unknown, T>, bytes: Uint8Array, id: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalid(id, 'it is not JSON');
  }
  const { success, output, issues } = v.safeParse(schema, value);
  if (success) return output;
  throw invalid(id, `${v.getDotPath(issues[0]) ?? 'it'} does not have the expected form`);
}

function invalid(id: string, why: string): LabError {
  return new LabError(
    'bad-file',
    `The hub's response about ${id} is invalid: ${why}.`,
    'Check that the address is that of a hub, or try again later.',
  );
}
