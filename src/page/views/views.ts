import { LabError } from '../../base/errors';

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
  { id: 'history', label: 'History', help: 'The records of all visits' },
  { id: 'glossary', label: 'Glossary', help: 'The terms of this page' },
] as const;

export type ViewId = (typeof VIEWS)[number]['id'];

export const DEFAULT_VIEW: ViewId = 'curve';

/** The key of the page's address under which the view is written. */
export const VIEW_KEY = 'view';

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
