import type { HubRequest } from './misbehaviour';
import { errorAnswer, jsonAnswer, type Answer } from './send';
import { rangeOf } from './ranges';
import { isLarge, type Repository, type TreeEntry } from './repository';

/** The state of the server that routes need. */
export interface Site {
  repositories: ReadonlyMap<string, Repository>;
  /** The origins of the hub and of the host of large files. */
  origin: string;
  cdn: string;
  /** The signature in the URLs of redirects, without which the host of large files refuses requests. */
  signature: string;
  /** The number of tree entries per page. */
  pageSize: number;
}

/** Faults in the content of a response. */
export interface Alterations {
  etag?: string;
  ignoreRange?: boolean;
  corrupt?: (bytes: Uint8Array) => Uint8Array;
  contentRange?: string;
  location?: string;
}

/** The parts of a request. */
export interface Route {
  kind: HubRequest['kind'];
  model?: string;
  revision?: string;
  file?: string;
  query: URLSearchParams;
}

const ROUTES: readonly [HubRequest['kind'], RegExp][] = [
  ['revision', /^\/api\/models\/(?<model>[^/]+\/[^/]+)(?:\/revision\/(?<revision>.+))?$/],
  ['tree', /^\/api\/models\/(?<model>[^/]+\/[^/]+)\/tree\/(?<revision>[^/]+)$/],
  ['resolve', /^\/(?<model>[^/]+\/[^/]+)\/resolve\/(?<revision>[^/]+)\/(?<file>.+)$/],
];
const CDN = /^\/repos\/(?<model>[^/]+\/[^/]+)\/(?<revision>[^/]+)\/(?<file>.+)$/;

/** Parses the URL of a request. */
export function routeOf(url: string, onCdn: boolean): Route {
  const { pathname, searchParams: query } = new URL(url, 'http://localhost');
  const routes: typeof ROUTES = onCdn ? [['cdn', CDN]] : [ROUTES[1], ROUTES[0], ROUTES[2]];
  for (const [kind, pattern] of routes) {
    const groups = pattern.exec(pathname)?.groups;
    if (!groups) continue;
    const [model, revision, file] = [groups.model, groups.revision, groups.file].map(
      (part) => part && decodeURIComponent(part),
    );
    return { kind, model, revision, file, query };
  }
  return { kind: 'other', query };
}

/** Returns the response to a request, with the alterations of a test. */
export function answerTo(site: Site, route: Route, request: HubRequest, altered: Alterations): Answer {
  const repository = site.repositories.get(route.model ?? '');
  const refused = refusal(repository, route, request);
  if (refused) return refused;
  if (route.kind === 'revision') return jsonAnswer(modelInfo(repository!));
  if (route.kind === 'tree') return treePage(site, repository!, route);
  if (route.kind === 'cdn') return fromCdn(site, repository!, route, request, altered);
  return resolved(site, repository!, route, request, altered);
}

/** Returns the error of a request, if any. Without a token, private and missing models give the same error. */
function refusal(
  repository: Repository | undefined,
  { kind, revision, file }: Route,
  { headers }: HubRequest,
): Answer | undefined {
  if (kind === 'other') return errorAnswer(404, 'Not Found');
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (!repository || (kind !== 'cdn' && repository.private && token !== repository.private))
    return token && !repository
      ? errorAnswer(404, 'Repository not found', 'RepoNotFound')
      : errorAnswer(401, 'Invalid username or password.');
  if (kind === 'resolve' && repository.gated && token !== repository.gated)
    return errorAnswer(token ? 403 : 401, `Access to model ${repository.id} is restricted.`, 'GatedRepo');
  if (revision !== undefined && revision !== 'main' && revision !== repository.revision)
    return errorAnswer(404, `Invalid rev id: ${revision}`, 'RevisionNotFound');
  if (file !== undefined && !repository.files.has(file))
    return errorAnswer(404, 'Entry not found', 'EntryNotFound');
  return undefined;
}

function modelInfo({ id, revision, files, licence, private: secret, gated }: Repository): unknown {
  return {
    _id: '0123456789abcdef01234567',
    id,
    modelId: id,
    sha: revision,
    private: secret !== undefined,
    gated: gated === undefined ? false : 'manual',
    tags: licence ? [`license:${licence}`] : [],
    cardData: licence ? { license: licence } : {},
    siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
  };
}

function treePage({ origin, pageSize }: Site, { id, tree }: Repository, route: Route): Answer {
  const recursive = route.query.get('recursive') === 'true';
  const entries = recursive ? tree : tree.filter(({ path }) => !path.includes('/'));
  const begin = Number(route.query.get('cursor') ?? 0);
  const page: readonly TreeEntry[] = entries.slice(begin, begin + pageSize);
  const next = begin + pageSize < entries.length;
  const query = `recursive=${recursive}&cursor=${begin + pageSize}`;
  const link = `<${origin}/api/models/${id}/tree/${route.revision}?${query}>; rel="next"`;
  return jsonAnswer(page, { link: next ? link : undefined });
}

/** Returns a small file, or a redirect for a large one. */
function resolved(
  { cdn, signature }: Site,
  repository: Repository,
  { file }: Route,
  request: HubRequest,
  altered: Alterations,
): Answer {
  const entry = repository.tree.find(({ path }) => path === file)!;
  const commit = { 'x-repo-commit': repository.revision };
  const part = () => fileAnswer(repository.files.get(file!)!, `"${entry.oid}"`, request, altered);
  if (!isLarge(file!) && !altered.location) {
    const answer = part();
    return { ...answer, headers: { ...answer.headers, ...commit } };
  }
  const path = [repository.id, repository.revision, file].join('/').split('/').map(encodeURIComponent);
  const location =
    altered.location ?? `${cdn}/repos/${path.join('/')}?Expires=9999999999&Signature=${signature}`;
  const linked = { 'x-linked-size': String(entry.size), 'x-linked-etag': `"${entry.lfs?.oid ?? entry.oid}"` };
  const body = Buffer.from(`Found. Redirecting to ${location}`);
  return { status: 302, headers: { location, ...linked, ...commit, 'content-type': 'text/plain' }, body };
}

function fromCdn(
  { signature }: Site,
  repository: Repository,
  { file, query }: Route,
  request: HubRequest,
  altered: Alterations,
): Answer {
  if (query.get('Signature') !== signature) return errorAnswer(403, 'The address is not signed');
  const entry = repository.tree.find(({ path }) => path === file)!;
  return fileAnswer(repository.files.get(file!)!, `"${entry.lfs?.oid ?? entry.oid}"`, request, altered);
}

function fileAnswer(
  stored: Uint8Array,
  ownEtag: string,
  { headers }: HubRequest,
  { etag = ownEtag, ignoreRange, corrupt, contentRange }: Alterations,
): Answer {
  const bytes = corrupt ? corrupt(stored.slice()) : stored;
  const size = bytes.byteLength;
  const common = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  const range = ignoreRange ? undefined : rangeOf(headers, size, etag);
  if (range === undefined) return { status: 200, headers: common, body: bytes };
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...common, 'content-range': `bytes */${size}` }, body: Buffer.alloc(0) };
  const stated = contentRange ?? `bytes ${range.begin}-${range.end - 1}/${size}`;
  const body = bytes.subarray(range.begin, range.end);
  return { status: 206, headers: { ...common, 'content-range': stated }, body };
}
