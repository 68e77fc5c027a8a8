import * as v from 'valibot';

/** Longest path and longest reason in a sentence; characters. */
const LONGEST = 200;

/** Where a value does not fit its schema. The names come from a file: cut to a length a sentence can carry. */
export function issuePath(issue: v.BaseIssue<unknown>): string | undefined {
  const path = v.getDotPath(issue);
  return path === null ? undefined : cut(path);
}

/** Why it does not fit, without a full stop; what was received instead may be of any length in the file and is cut. */
export function issueReason({ message }: v.BaseIssue<unknown>): string {
  return cut(message);
}

/** In one line. */
function cut(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return short.replace(/\s+/g, ' ');
}
