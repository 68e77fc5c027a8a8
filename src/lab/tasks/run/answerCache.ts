/** Keeps answers across runs, so that a run that was stopped goes on with the next example (a folder, or IndexedDB in the page). */
export interface AnswerCache {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<void>;
}
