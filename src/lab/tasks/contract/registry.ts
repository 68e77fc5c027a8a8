import { LabError } from '../../../base/errors';
import type { LanguageTask, TaskMeta } from './task';

const METAS = import.meta.glob<TaskMeta>('../methods/*/meta.ts', { import: 'default', eager: true });
const TASKS = import.meta.glob<LanguageTask>('../methods/*/task.ts', { import: 'default' });

/** The descriptions of all tasks by id. They are found by their folders. */
export const taskMetas: ReadonlyMap<string, TaskMeta> = new Map(
  Object.values(METAS).map((meta) => [meta.id, meta]),
);

const loaders = new Map(
  Object.entries(METAS).map(([path, meta]) => [meta.id, TASKS[path.replace('meta.ts', 'task.ts')]]),
);

/** Finds the description of a task. @throws LabError bad-plan naming the known tasks */
export function taskMeta(id: string): TaskMeta {
  const meta = taskMetas.get(id);
  if (meta) return meta;
  throw new LabError(
    'bad-plan',
    `There is no task ${JSON.stringify(id.slice(0, 60))}.`,
    `Known tasks: ${[...taskMetas.keys()].sort().join(', ')}.`,
  );
}

/** Loads the code of a task. @throws LabError bad-plan for an unknown id */
export function loadTask(id: string): Promise<LanguageTask> {
  return loaders.get(taskMeta(id).id)!();
}
