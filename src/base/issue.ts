import * as v from 'valibot';

/** The maximum length of a path or a reason in an error message, in characters. */
const MAX_LENGTH = 200;

/**
 * Returns the path to the value that does not match its schema, or undefined for the root. Its names come from a file, so
 * it is cut to 200 characters.
 */
export function issuePath(issue: v.BaseIssue<unknown>): string | undefined {
  const path = v.getDotPath(issue);
  return path === null ? undefined : cut(path);
}

/**
 * Returns why the value does not match, without a full stop. It quotes the value, which may be of any length, so it is
 * cut to 200 characters.
 */
export function issueReason({ message }: v.BaseIssue<unknown>): string {
  return cut(message);
}

/** Returns the text on one line, cut to `MAX_LENGTH` characters. */
function cut(text: string): string {
  const short = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  return short.replace(/\s+/g, ' ');
}
