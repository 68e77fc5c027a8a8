import { LabError } from '../../base/errors';

/** The hub, unless the page was built or the command started with another one. */
export const DEFAULT_HUB = 'https://huggingface.co';

/**
 * Repository names on Hugging Face: letters, digits, "-", "_" and ".", a word character at both ends, neither "--" nor
 * "..".
 */
const NAME = /^\w(?:[\w.-]{0,94}\w)?$/;
/** A branch, a tag, a commit or `refs/pr/1`. */
const REVISION = /^\w[\w./-]{0,127}$/;

/** The parts of a model's name. */
export interface HubId {
  /** `owner/name`. */
  id: string;
  /** The revision after the "@"; if absent, the hub's main branch. */
  revision?: string;
}

/** Returns the origin of the hub. It is set with `npm start -- --hub`, not by the address of the page. */
export function hubOrigin(): string {
  return __HUB_ORIGIN__;
}

/** Returns whether a model's name has the form of a name on a hub: `owner/name` or `owner/name@revision`. */
export function isHubId(name: string): boolean {
  return parse(name) !== undefined;
}

/**
 * Splits `owner/name@revision`.
 * @throws LabError bad-input for an invalid name
 */
export function splitHubId(name: string): HubId {
  const found = parse(name);
  if (found) return found;
  throw new LabError(
    'bad-input',
    `${JSON.stringify(name.slice(0, 120))} is not the name of a model on the hub.`,
    'Write owner/name as in the address of its page, followed by @ and a branch or commit if needed.',
  );
}

function parse(name: string): HubId | undefined {
  const at = name.indexOf('@');
  const id = at < 0 ? name : name.slice(0, at);
  const revision = at < 0 ? undefined : name.slice(at + 1);
  const steps = id.split('/');
  if (steps.length !== 2 || !steps.every(isName)) return undefined;
  if (revision === undefined) return { id };
  return isRevision(revision) ? { id, revision } : undefined;
}

function isName(name: string): boolean {
  return NAME.test(name) && !name.includes('--') && !name.includes('..') && !name.endsWith('.git');
}

function isRevision(revision: string): boolean {
  const steps = revision.split('/');
  return REVISION.test(revision) && !revision.includes('..') && steps.every((step) => step !== '');
}
