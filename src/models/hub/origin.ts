import { LabError } from '../../base/errors';

/** Where models come from unless the page was built, or the command started, with another one. */
export const DEFAULT_HUB = 'https://huggingface.co';

/** Hugging Face's rule for repository names: letters, digits, "-", "_", "."; neither "--" nor ".."; a word character at both ends. */
const NAME = /^\w(?:[\w.-]{0,94}\w)?$/;
/** A branch, a tag, a commit or `refs/pr/1`. */
const REVISION = /^\w[\w./-]{0,127}$/;

export interface HubId {
  /** `owner/name`. */
  id: string;
  /** After the "@"; without one, the hub's main branch is meant. */
  revision?: string;
}

/** The hub this build asks: set with `npm start -- --hub`, never by the page's address. */
export function hubOrigin(): string {
  return __HUB_ORIGIN__;
}

/** Whether a model's name reads as one on a hub: `owner/name` or `owner/name@revision`. */
export function isHubId(name: string): boolean {
  return parse(name) !== undefined;
}

/**
 * Takes `owner/name@revision` apart.
 * @throws LabError bad-input
 */
export function splitHubId(name: string): HubId {
  const found = parse(name);
  if (found) return found;
  throw new LabError(
    'bad-input',
    `${JSON.stringify(name.slice(0, 120))} is not the name of a model on the hub.`,
    'Write owner/name as in the address of its page, with @ and a branch or commit behind it if needed.',
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
