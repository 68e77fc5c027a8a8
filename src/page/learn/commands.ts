import { planFromQuery } from '../../lab/plan/text';
import type { Page } from '../app/page';
import { setPlan } from '../store/plan';
import { showPart } from '../views/commands';
import type { LessonId } from './lessonIds';

/** Shows a lesson, or the list of them. */
export function showLesson(page: Page, lesson: LessonId | null): void {
  showPart(page, { view: 'learn', lesson });
  scrollTo({ top: 0 });
}

/** Puts the plan of a lesson into the page and shows the curve, where Run draws its points. */
export function tryPlan(page: Page, query: string): void {
  const { plan, preset } = planFromQuery(new URLSearchParams(query), page.plans.names);
  setPlan(page.plans, plan, preset);
  showPart(page, { view: 'curve' });
  scrollTo({ top: 0 });
}

/** Returns the address for a class: the lesson with its plan, ready to run on the CPU. */
export function classAddress(lesson: LessonId, plan: string): string {
  return new URL(`?${plan}&compute=cpu&lesson=${lesson}`, document.baseURI).href;
}
