import { LabError } from '../../base/errors';
import { Interrupted, retryAfterMs } from './retry';
import type { Hub } from './types';

/** What was asked for, for the sentence when it is refused. */
export interface RequestSubject {
  hub: Hub;
  /** `owner/name`. */
  id: string;
  revision: string;
  /** Undefined for the model as such. */
  file?: string;
}

/**
 * Passes only an answer with the content asked for.
 * @throws Interrupted where a later attempt may succeed; LabError bad-input (not there, not allowed) or network
 */
export function checkResponse(response: Response, subject: RequestSubject, now: number): void {
  const { status } = response;
  if (status === 403 && response.redirected)
    throw new Interrupted('the address of the file had expired (403)');
  if (status === 401 || status === 403) throw refused(response, subject);
  if (status === 404 || status === 410) throw absent(response, subject);
  if (status === 429 || status === 503)
    throw new Interrupted(
      status === 429 ? 'the hub asks for a pause (429)' : 'the hub is busy (503)',
      retryAfterMs(response.headers.get('retry-after'), now),
    );
  if (status === 408 || status >= 500) throw new Interrupted(`the hub answered ${status}`);
  if (!response.ok) throw unexpected(`the hub answered ${status}`, subject);
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? ''))
    throw new Interrupted('a web page came instead, perhaps the sign-in page of this network');
}

/** The hub answers 401 for what does not exist too, unless a token came with the question. */
function refused(response: Response, { hub, id }: RequestSubject): LabError {
  const page = `${hub.origin}/${id}`;
  if (response.headers.get('x-error-code') === 'GatedRepo')
    return new LabError(
      'bad-input',
      `${id} is given only to those who accepted its terms.`,
      `Accept them on ${page}, then give an access token of that account.`,
    );
  if (hub.token?.())
    return new LabError(
      'bad-input',
      `The hub does not give ${id} for this access token (${response.status}).`,
      `Check the token, its permission to read, and the access of its account on ${page}.`,
    );
  return new LabError(
    'bad-input',
    `The hub has no public model ${id} (${response.status}): there is none of that name, or it is private.`,
    `Check the spelling on ${page}; for a private model give an access token.`,
  );
}

function absent(response: Response, { hub, id, revision, file }: RequestSubject): LabError {
  const code = response.headers.get('x-error-code');
  const lacking =
    file !== undefined
      ? `${id} has no file ${file} at ${revision}`
      : code === 'RevisionNotFound'
        ? `${id} has no revision ${revision}`
        : `The hub has no model ${id} at ${revision}`;
  return new LabError('bad-input', `${lacking} (${response.status}).`, `Look on ${hub.origin}/${id}.`);
}

function unexpected(why: string, { id, file }: RequestSubject): LabError {
  return new LabError(
    'network',
    `${file ? `${file} of ${id}` : id} could not be fetched: ${why}.`,
    'Try again later; what has arrived is kept.',
  );
}
