import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnswerCache } from '../../lab/tasks/run/answerCache';
import { writeWhole } from './writeFile';

/** Keeps answers to tasks as files in `folder`. If it cannot be written, a run that was stopped asks again. */
export function folderAnswerCache(folder: string): AnswerCache {
  const file = (key: string) => join(folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  return {
    get: (key) => readFile(file(key), 'utf8').catch(() => undefined),
    set: (key, text) => writeWhole(file(key), text).catch(() => undefined),
    delete: (key) => rm(file(key), { force: true }).catch(() => undefined),
  };
}
