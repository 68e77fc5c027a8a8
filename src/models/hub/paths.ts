import { LabError } from '../../base/errors';
import { checkedName } from '../load/files';
import { isHubId } from './origin';

/** The prefix `owner/name/commit/` of every path in the store. */
const MODEL_FOLDER = /^([^/]+\/[^/]+)\/([0-9a-f]{40})\//;
const COMMIT = /^[0-9a-f]{40}$/;

/** The key of a model at one commit in the store. */
export interface ModelKey {
  /** `owner/name`. */
  id: string;
  /** Commit hash. */
  revision: string;
}

/**
 * Returns the folder of a model's files, ending in a slash.
 * @throws LabError bad-input for an invalid id or commit
 */
export function modelFolder({ id, revision }: ModelKey): string {
  if (isHubId(id) && !id.includes('@') && COMMIT.test(revision)) return `${id}/${revision}/`;
  throw new LabError(
    'bad-input',
    `${JSON.stringify(id)} at ${JSON.stringify(revision)} is not a model and a commit.`,
    'Write owner/name and a commit of 40 hexadecimal digits.',
  );
}

/** Returns the path of a file of a model. @throws LabError bad-input */
export function filePath(key: ModelKey, name: string): string {
  return modelFolder(key) + checkedName(name);
}

/** Returns the path of a file's state, next to the file. */
export function statePath(key: ModelKey, name: string): string {
  return `${filePath(key, name)}.state.json`;
}

/** Returns the path of a model's manifest; no file that is fetched from a hub has this name. */
export function manifestPath(key: ModelKey): string {
  return `${modelFolder(key)}bitcurve.json`;
}

/** Returns the key of the model that a stored path belongs to. */
export function keyOf(path: string): ModelKey | undefined {
  const [, id, revision] = MODEL_FOLDER.exec(path) ?? [];
  return id !== undefined && isHubId(id) ? { id, revision } : undefined;
}
