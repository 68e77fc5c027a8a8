import type { IncomingHttpHeaders } from 'node:http';

/** The kind of a request: a model's commit, its file tree, a file on the hub, or a file on the host of large files. */
export type HubRequestKind = 'revision' | 'tree' | 'resolve' | 'cdn' | 'other';

/** A request and its outcome. */
export interface HubRequest {
  kind: HubRequestKind;
  method: string;
  /** The path and query. */
  url: string;
  /** The model as `owner/name`, if it exists. */
  model?: string;
  /** The name of the file for the kinds resolve and cdn. */
  file?: string;
  headers: IncomingHttpHeaders;
  /** The value of the Range header. */
  range?: string;
  /** The number of earlier requests of the same kind, method, model and file. */
  attempt: number;
  /** The status of the response; 0 before the response or if the connection was closed before the headers. */
  status: number;
  /** The number of bytes of the body that were sent so far. */
  bytesSent: number;
}

/** The faults of a response, which may be combined. */
export interface Misbehaviour {
  /** Responds with this status and no file, such as 429, 503 or 404. */
  status?: number;
  /** Replaces headers of the response; undefined removes one. */
  headers?: Record<string, string | undefined>;
  /** Closes the connection before the headers. */
  hangUp?: boolean;
  /** Closes the connection after so many bytes of the body, although the headers announce all. */
  cutAfter?: number;
  /** Ends the body so many bytes early, with a matching Content-Length. */
  shortBy?: number;
  /** Replaces Content-Range, but not the bytes. */
  contentRange?: string;
  /** Sends the whole file with status 200 although a part was requested. */
  ignoreRange?: boolean;
  /** Replaces the entity tag of the file, also in comparisons with If-Range. */
  etag?: string;
  /** Changes the bytes of the file. */
  corrupt?: (bytes: Uint8Array) => Uint8Array;
  /** Sends chunks of `chunk` bytes and waits for `next` before each. */
  drip?: { chunk: number; next: (sent: number) => Promise<void> };
  /** Replaces the body, with status 200 or `status`. */
  body?: string | Uint8Array;
  /** Replaces the URL of the redirect to the host of large files. */
  location?: string;
}

/** Returns the fault of each request; undefined for a correct response. */
export type Misbehave = (request: HubRequest) => Misbehaviour | undefined;

/** Returns faults for the first responses of a kind, counted per file; later responses are correct. */
export function firstOnes(kind: HubRequestKind, ...faults: readonly Misbehaviour[]): Misbehave {
  return (request) => (request.kind === kind ? faults[request.attempt] : undefined);
}
