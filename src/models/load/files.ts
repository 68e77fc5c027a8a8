import { concatenate } from '../../base/concatenate';
import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';

/** Called with the number of bytes read so far and, if known, in total. */
export type OnBytes = (loaded: number, total: number | undefined) => void;

interface ReadOptions {
  signal?: AbortSignal;
  onProgress?: OnBytes;
}

/** A folder of files: next to the page, on disk or on a hub. Names are relative paths, with "/" between folders. */
export interface FileSource {
  /** The name of the model in plans and records. */
  id: string;
  /** The origin of the files: `embedded`, the path of a folder, or `hub`. */
  source: string;
  revision: string;
  /** The required SHA-256 of the weights, hex, if it is known in advance. */
  weightsSha256?: string;
  /** Returns whether the folder has a file. */
  has(name: string, signal?: AbortSignal): Promise<boolean>;
  /** Reads a whole file. @throws LabError network or bad-file if there is no such file; Cancelled */
  read(name: string, options?: ReadOptions): Promise<Uint8Array>;
  /** Opens a file for reading by range, if the source supports it; the file may be larger than memory. @throws as read */
  open?(name: string, signal?: AbortSignal): Promise<ByteSource>;
  /** Returns the SHA-256 of a file, hex, if its bytes were already verified, so that it need not be computed again. */
  sha256?(name: string): Promise<string | undefined>;
}

/** A folder that is served over HTTP. */
export interface FetchedFolder {
  id: string;
  source: string;
  revision: string;
  /** The folder's URL. */
  url: string | URL;
  /** The names of its files, if known; a query for a missing file then needs no request. */
  files?: readonly string[];
}

/** Returns a source of the files of a folder that is served over HTTP. */
export function fetchFiles({ id, source, revision, url, files }: FetchedFolder): FileSource {
  const base = String(url).replace(/\/*$/, '/');
  const locate = (name: string) => base + checkedName(name).split('/').map(encodeURIComponent).join('/');
  return {
    id,
    source,
    revision,
    has: async (name, signal) => files?.includes(name) ?? exists(locate(name), name, signal),
    read: (name, options = {}) => download(locate(name), name, options),
  };
}

/**
 * Checks that a relative path stays inside its folder, and returns it.
 * @throws LabError bad-input if it does not
 */
export function checkedName(name: string): string {
  const steps = name.split('/');
  const bad = steps.some((step) => step === '' || step === '.' || step === '..' || /[\\\0]/.test(step));
  if (!bad) return name;
  throw new LabError(
    'bad-input',
    `${JSON.stringify(name)} is not the name of a file inside the folder.`,
    'Use a relative path without "." and "..".',
  );
}

async function exists(url: string, name: string, signal?: AbortSignal): Promise<boolean> {
  const response = await request(url, name, { method: 'HEAD', signal });
  return response.ok && !isWebPage(response);
}

async function download(url: string, name: string, { signal, onProgress }: ReadOptions): Promise<Uint8Array> {
  const response = await request(url, name, { signal });
  if (!response.ok)
    throw missing(name, `the server answered ${response.status} ${response.statusText}`.trim());
  if (isWebPage(response)) throw missing(name, 'the server answered with a web page');
  const total = contentLength(response);
  const bytes = await readBody(response, name, total, onProgress, signal);
  if (total !== undefined && bytes.byteLength !== total)
    throw missing(name, `only ${bytes.byteLength} of ${total} bytes arrived`);
  return bytes;
}

async function request(url: string, name: string, init: RequestInit): Promise<Response> {
  throwIfAborted(init.signal ?? undefined);
  try {
    return await fetch(url, init);
  } catch (error) {
    throw asLabError(error, name, init.signal);
  }
}

/**
 * Returns whether the response is a web page: hosts of single-page applications answer unknown paths with one and status
 * 200.
 */
function isWebPage(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
}

/** Returns the length of the decoded body in bytes, or undefined if the transfer is compressed. */
function contentLength({ headers }: Response): number | undefined {
  const encoding = headers.get('content-encoding');
  const length = Number(headers.get('content-length') ?? NaN);
  return (encoding && encoding !== 'identity') || !Number.isSafeInteger(length) ? undefined : length;
}

async function readBody(
  response: Response,
  name: string,
  total: number | undefined,
  onProgress: OnBytes | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let loaded = 0;
  try {
    const reader = response.body?.getReader();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      chunks.push(next.value);
      loaded += next.value.byteLength;
      onProgress?.(loaded, total);
    }
  } catch (error) {
    throw asLabError(error, name, signal);
  }
  return concatenate(Uint8Array, chunks);
}

function asLabError(error: unknown, name: string, signal: AbortSignal | null | undefined): Error {
  if (signal?.aborted) return new Cancelled();
  return missing(name, error instanceof Error ? error.message : String(error), error);
}

function missing(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    'network',
    `${name} could not be loaded: ${why}.`,
    'Check the connection and the address, then try again. Results so far are kept.',
    cause,
  );
}
