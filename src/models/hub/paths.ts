import { LabError } from '../../base/errors';
import { checkedName } from '../load/files';
import { isHubId } from './origin';

/** `owner/name/commit/` at the front of every path in the store. */
const MODEL_FOLDER = /^([^/]+\/[^/]+)\/([0-9a-f]{40})\//;
const COMMIT = /^[0-9a-f]{40}$/;

/** What the store keeps of one model at one commit. */
export interface ModelKey {
  /** `owner/name`. */
  id: string;
  /** Commit hash. */
  revision: string;
}

/**
 * Where the files of a model are kept; with a slash at the end.
 * @throws LabError bad-input where id or commit are none
 */
export function modelFolder({ id, revision }: ModelKey): string {
  if (isHubId(id) && !id.includes('@') && COMMIT.test(revision)) return `${id}/${revision}/`;
  throw new LabError(
    'bad-input',
    `${JSON.stringify(id)} at ${JSON.stringify(revision)} is no model with its commit.`,
    'Write owner/name, and a commit of 40 hexadecimal digits.',
  );
}

/** @throws LabError bad-input */
export function filePath(key: ModelKey, name: string): string {
  return modelFolder(key) + checkedName(name);
}

/** What is known of a file under way or whole; beside it. */
export function statePath(key: ModelKey, name: string): string {
  return `${filePath(key, name)}.state.json`;
}

/** What the model consists of. No file of a hub that the lab fetches has this name. */
export function manifestPath(key: ModelKey): string {
  return `${modelFolder(key)}bitcurve.json`;
}

/** The model a stored path belongs to. */
export function keyOf(path: string): ModelKey | undefined {
  const [, id, revision] = MODEL_FOLDER.exec(path) ?? [];
  return id !== undefined && isHubId(id) ? { id, revision } : undefined;
}
