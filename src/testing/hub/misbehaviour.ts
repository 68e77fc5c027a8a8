import type { IncomingHttpHeaders } from 'node:http';

/** What a request asks for: a model's commit, its file tree, a file at the hub, a file at the host the hub sends large ones to. */
export type HubRequestKind = 'revision' | 'tree' | 'resolve' | 'cdn' | 'other';

/** One request as it arrived, and what became of it. */
export interface HubRequest {
  kind: HubRequestKind;
  method: string;
  /** Path and query. */
  url: string;
  /** `owner/name`, where there is such a model. */
  model?: string;
  /** Of resolve and cdn. */
  file?: string;
  headers: IncomingHttpHeaders;
  /** The Range header. */
  range?: string;
  /** How many like it (kind, method, model and file) came before. */
  attempt: number;
  /** 0 while unanswered or when the connection was cut before the headers. */
  status: number;
  /** Of the body, handed to the connection so far. */
  bytesSent: number;
}

/** What goes wrong with one answer; fields may be combined. */
export interface Misbehaviour {
  /** Answers with this and no file: 429, 503, 404. */
  status?: number;
  /** Added to the answer's headers, replacing those of the same name; undefined takes one away. */
  headers?: Record<string, string | undefined>;
  /** The connection ends before any header. */
  hangUp?: boolean;
  /** The connection ends after so many bytes of the body, though the headers promise all. */
  cutAfter?: number;
  /** The body ends so many bytes early, and Content-Length says so. */
  shortBy?: number;
  /** In place of the true Content-Range; the bytes sent stay the right ones. */
  contentRange?: string;
  /** A whole file, status 200, although a part was asked for. */
  ignoreRange?: boolean;
  /** In place of the file's own; If-Range is held against it. */
  etag?: string;
  /** Other bytes than the file's. */
  corrupt?: (bytes: Uint8Array) => Uint8Array;
  /** Bytes go out `chunk` at a time, each after this promise: the test opens and closes the tap. */
  drip?: { chunk: number; next: (sent: number) => Promise<void> };
  /** In place of the answer's JSON or file, status 200 (or `status`). */
  body?: string | Uint8Array;
  /** Where a file is sent from instead of the second host. */
  location?: string;
}

/** Decides for each request; undefined answers it properly. */
export type Misbehave = (request: HubRequest) => Misbehaviour | undefined;

/** The first answers to requests of a kind go wrong, one after the other and file by file, then all is well. */
export function firstOnes(kind: HubRequestKind, ...faults: readonly Misbehaviour[]): Misbehave {
  return (request) => (request.kind === kind ? faults[request.attempt] : undefined);
}
