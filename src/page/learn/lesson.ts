import type { ReactNode } from 'react';
import type { RecordedRun, RowKey, RunName } from './recordedRun';

/** A step on the controls of the page. */
export interface LessonStep {
  text: string;
  /** The query of a plan that the step loads. */
  plan?: string;
}

/** A lesson of about five minutes: a prediction, what was measured, why, and steps on the controls. */
export interface Lesson {
  title: string;
  /** The recorded run that has the figures. */
  run: RunName;
  /** The rows of the run that the lesson shows. */
  rows: readonly RowKey[];
  question(run: RecordedRun): string;
  choices: readonly string[];
  /** Returns the index of the choice that the run proves right. */
  answer(run: RecordedRun): number;
  /** Says in a sentence what was measured. */
  finding(run: RecordedRun): string;
  why: ReactNode;
  /** The first step loads a plan. */
  steps: readonly [LessonStep & { plan: string }, ...LessonStep[]];
}

/** Returns the index of the first of the ascending bounds that a value does not exceed; their number if it exceeds all. */
export function choiceWithin(bounds: readonly number[], value: number): number {
  const found = bounds.findIndex((bound) => value <= bound);
  return found < 0 ? bounds.length : found;
}

/** Returns the query of a quick plan for the model of the lessons. */
export function lessonPlan(...codecs: readonly string[]): string {
  return `model=gpt2-tinystories&codec=${codecs.join(';')}&preset=quick`;
}
