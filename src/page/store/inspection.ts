import { createStore } from 'zustand/vanilla';
import type { ComparedAnswers } from '../../lab/inspect/answers';
import type { Inspection, InspectRequest } from '../../lab/inspect/inspect';
import type { Sensitivity } from '../../lab/inspect/sensitivity';

/** What the views Compare and Inspect show of files. */
export interface InspectionState {
  /** The answers to images that were compared last, and the codecs that gave them. */
  answers: { codecs: readonly [string, string]; found: ComparedAnswers } | null;
  /** The file that is shown, and what was asked for. */
  file: { request: InspectRequest; found: Inspection } | null;
  /** Why the file that was asked for last cannot be shown. */
  failure: { request: InspectRequest; message: string; remedy: string } | null;
  /** What the tensors of a model and codec cost, by the text of the request. */
  sensitivity: { of: string; found: Sensitivity } | null;
}

export function createInspectionStore() {
  return createStore<InspectionState>(() => ({
    answers: null,
    file: null,
    failure: null,
    sensitivity: null,
  }));
}

export type InspectionStore = ReturnType<typeof createInspectionStore>;
