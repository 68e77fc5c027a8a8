import { LabError } from '../../base/errors';
import type { LessonId } from '../learn/lessonIds';

/** The views of the page in the order of the menu; the first is what a newcomer sees. */
export const VIEWS = [
  { id: 'curve', label: 'Curve', help: 'Size against quality, and the smallest file within a limit' },
  { id: 'compare', label: 'Compare', help: 'Two codecs side by side: texts, or images whose answer changed' },
  {
    id: 'inspect',
    label: 'Inspect',
    help: 'What the bytes of a compressed model hold, tensor by tensor and weight by weight',
  },
  { id: 'generate', label: 'Generate', help: 'Text of the model and of a codec from one prompt' },
  {
    id: 'decide',
    label: 'Decide',
    help: 'Which codec to take by size, loss, speed and price; routing and deltas',
  },
  { id: 'train', label: 'Train', help: 'Quantisation-aware training with ternary weights' },
  { id: 'benchmark', label: 'Benchmark', help: 'Speed of the kernels on this adapter' },
  { id: 'tasks', label: 'Tasks', help: 'Answers to tasks, and published figures with what holds' },
  { id: 'learn', label: 'Learn', help: 'Lessons of five minutes on the controls of this page' },
  { id: 'history', label: 'History', help: 'The records of all visits' },
  { id: 'glossary', label: 'Glossary', help: 'The terms of this page' },
] as const;

export type ViewId = (typeof VIEWS)[number]['id'];

/** The part of the page that an address names. */
export interface ShownPart {
  view: ViewId;
  /** The lesson of the view Learn; null shows the list of lessons. */
  lesson: LessonId | null;
  /** Whether the view stands alone, in a frame of another page. */
  embedded: boolean;
}

/** What a newcomer sees. */
export const DEFAULT_PART: ShownPart = { view: 'curve', lesson: null, embedded: false };

/** The key of the page's address under which the view is written. */
export const VIEW_KEY = 'view';

/** The views that another page can show in a frame. */
export const EMBEDDED_VIEWS = ['curve'] as const satisfies readonly ViewId[];

/** @throws LabError bad-plan for a name that is no view */
export function parseView(text: string): ViewId {
  const found = VIEWS.find(({ id }) => id === text);
  if (found) return found.id;
  throw new LabError(
    'bad-plan',
    `The page has no view "${text.slice(0, 40)}".`,
    `Known: ${VIEWS.map(({ id }) => id).join(', ')}.`,
  );
}
