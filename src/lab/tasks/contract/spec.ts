import { LabError } from '../../../base/errors';
import { taskMeta, taskMetas } from './registry';

/** A task as a plan names it. */
export interface TaskSpec {
  id: string;
  /** The file with the examples; absent if they are those that ship. */
  file?: string;
}

/**
 * Parses `lambada` or `choice:FILE`.
 * @throws LabError bad-plan for an unknown task, a task without data, or a file that the task does not read
 */
export function parseTaskSpec(text: string): TaskSpec {
  const colon = text.indexOf(':');
  const id = (colon < 0 ? text : text.slice(0, colon)).trim();
  const file = colon < 0 ? undefined : text.slice(colon + 1).trim();
  const meta = taskMeta(id);
  if (file === undefined && meta.dataset === undefined)
    throw new LabError(
      'bad-plan',
      `The task ${id} has no data of its own.`,
      `Write ${id}:FILE (${meta.file}).`,
    );
  if (file !== undefined && meta.file === undefined)
    throw new LabError('bad-plan', `The task ${id} reads no files.`, `Write ${id}.`);
  if (file === '') throw new LabError('bad-plan', `The task ${id} names no file.`, `Write ${id}:FILE.`);
  return { id, ...(file !== undefined && { file }) };
}

/** Lists what plans may write: `lambada`, `lambada:FILE`, `choice:FILE`. */
export function taskSpellings(): string[] {
  return [...taskMetas.values()].flatMap(({ id, dataset, file }) => [
    ...(dataset === undefined ? [] : [id]),
    ...(file === undefined ? [] : [`${id}:FILE`]),
  ]);
}
