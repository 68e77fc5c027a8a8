import { LabError } from '../../base/errors';
import { checkResponse, type RequestSubject } from './response';
import { sendRequest, type RequestContext } from './request';
import { Interrupted, RetryPolicy } from './retry';

/** A fetched response. */
export interface Fetched {
  bytes: Uint8Array;
  headers: Headers;
}

/**
 * Fetches a small response as a whole and retries after temporary errors.
 * @param limit the maximum size in bytes
 * @throws LabError bad-input (missing or not accessible), network, bad-file (larger than the limit); Cancelled
 */
export async function fetchSmall(
  context: RequestContext,
  url: string,
  subject: RequestSubject,
  limit: number,
): Promise<Fetched> {
  const what = subject.file ? `${subject.file} of ${subject.id}` : `The list of files of ${subject.id}`;
  const retries = new RetryPolicy(what, context.clock, context.signal);
  for (;;) {
    try {
      return await fetchOnce(context, url, subject, limit, what);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      await retries.afterFailure(error, false);
    }
  }
}

function fetchOnce(
  context: RequestContext,
  url: string,
  subject: RequestSubject,
  limit: number,
  what: string,
): Promise<Fetched> {
  return sendRequest(context, url, {}, async ({ response, chunks }) => {
    checkResponse(response, subject, context.clock.now());
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      if (size > limit) throw tooLarge(what, limit);
      parts.push(chunk);
    }
    return {
      bytes: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
      headers: response.headers,
    };
  });
}

function tooLarge(what: string, limit: number): LabError {
  return new LabError(
    'bad-file',
    `${what} has more than ${limit} bytes, the maximum that can be read.`,
    'Choose another model.',
  );
}
