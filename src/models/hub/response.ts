import { LabError } from '../../base/errors';
import { Interrupted, retryAfterMs } from './retry';
import type { Hub } from './types';

/** The subject of a request, for error messages. */
export interface RequestSubject {
  hub: Hub;
  /** `owner/name`. */
  id: string;
  revision: string;
  /** The name of the file; undefined for requests about the model. */
  file?: string;
}

/**
 * Checks that a response has the requested content.
 * @throws Interrupted if a later attempt may succeed; LabError bad-input (missing or not accessible) or network
 */
export function checkResponse(response: Response, subject: RequestSubject, now: number): void {
  const { status } = response;
  if (status === 403 && response.redirected)
    throw new Interrupted('the address of the file had expired (403)');
  if (status === 401 || status === 403) throw refused(response, subject);
  if (status === 404 || status === 410) throw missing(response, subject);
  if (status === 429 || status === 503)
    throw new Interrupted(
      status === 429 ? 'the hub requests a pause (429)' : 'the hub is busy (503)',
      retryAfterMs(response.headers.get('retry-after'), now),
    );
  if (status === 408 || status >= 500) throw new Interrupted(`the hub answered ${status}`);
  if (!response.ok) throw unexpected(`the hub answered ${status}`, subject);
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
    throw new Interrupted('a web page arrived instead, perhaps the sign-in page of this network');
}

/** Returns the error for status 401 or 403. Without a token, the hub answers 401 also for models that do not exist. */
function refused(response: Response, { hub, id }: RequestSubject): LabError {
  const page = `${hub.origin}/${id}`;
  if (response.headers.get('x-error-code') === 'GatedRepo')
    return new LabError(
      'bad-input',
      `${id} is available only to accounts that have accepted its terms.`,
      `Accept them on ${page}, then use an access token of that account.`,
    );
  if (hub.token?.())
    return new LabError(
      'bad-input',
      `The hub does not give access to ${id} with this access token (${response.status}).`,
      `Check the token and its read permission, and whether its account has access on ${page}.`,
    );
  return new LabError(
    'bad-input',
    `The hub has no public model ${id} (${response.status}): it does not exist, or it is private.`,
    `Check the name on ${page}. For a private model, use an access token.`,
  );
}

function missing(response: Response, { hub, id, revision, file }: RequestSubject): LabError {
  const code = response.headers.get('x-error-code');
  const what =
    file !== undefined
      ? `${id} has no file ${file} at ${revision}`
      : code === 'RevisionNotFound'
        ? `${id} has no revision ${revision}`
        : `The hub has no model ${id} at ${revision}`;
  return new LabError('bad-input', `${what} (${response.status}).`, `Check the name on ${hub.origin}/${id}.`);
}

function unexpected(why: string, { id, file }: RequestSubject): LabError {
  return new LabError(
    'network',
    `${file ? `${file} of ${id}` : id} could not be fetched: ${why}.`,
    'Try again later. What has arrived is kept.',
  );
}
