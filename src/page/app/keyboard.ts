import { isBusy } from '../store/lab';
import { nextTheme } from '../store/view';
import { stop } from './activity';
import type { Page } from './page';
import { exportJson } from '../table/commands';
import { canRunPlan, runDraft } from '../measure/commands';

/** Something the user can do by key: its name, its key, and when it is possible. Keyboard and help sheet share this table. */
export interface Action {
  id: string;
  label: string;
  /** KeyboardEvent.key, lower case. */
  key: string;
  /** The key as the help sheet writes it. */
  shown: string;
  possible(page: Page): boolean;
  perform(page: Page): void;
}

const always = (): boolean => true;

export const ACTIONS: readonly Action[] = [
  { id: 'run', label: 'Run the plan', key: 'r', shown: 'R', possible: canRunPlan, perform: runDraft },
  {
    id: 'stop',
    label: 'Stop and keep what is finished; close this sheet',
    key: 'escape',
    shown: 'Esc',
    possible: (page) => isBusy(page.lab.getState()) || page.view.getState().sheetOpen,
    perform: closeOrStop,
  },
  {
    id: 'export',
    label: 'Export the records shown as JSON',
    key: 'e',
    shown: 'E',
    possible: always,
    perform: exportJsonNow,
  },
  {
    id: 'custom',
    label: 'Open or close the plan editor',
    key: 'c',
    shown: 'C',
    possible: always,
    perform: ({ view }) => view.setState((s) => ({ editorOpen: !s.editorOpen })),
  },
  {
    id: 'log',
    label: 'Switch the logarithmic scale on or off',
    key: 'l',
    shown: 'L',
    possible: always,
    perform: ({ view }) => view.setState((s) => ({ chart: { ...s.chart, log: s.chart.log === false } })),
  },
  {
    id: 'theme',
    label: 'Switch between the light, the dark and the system’s theme',
    key: 't',
    shown: 'T',
    possible: always,
    perform: (page) => nextTheme(page.view),
  },
  {
    id: 'sheet',
    label: 'Show or hide this sheet',
    key: '?',
    shown: '?',
    possible: always,
    perform: ({ view }) => view.setState((s) => ({ sheetOpen: !s.sheetOpen })),
  },
];

function closeOrStop(page: Page): void {
  if (page.view.getState().sheetOpen) page.view.setState({ sheetOpen: false });
  else stop(page);
}

function exportJsonNow(page: Page): void {
  exportJson(page);
}

/** Returns the action a key press asks for. There is none while somebody types or holds a modifier, so that browser shortcuts keep working. */
export function actionFor(event: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  target: EventTarget | null;
}): Action | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const typing = isTyping(event.target);
  const action = ACTIONS.find((a) => a.key === event.key.toLowerCase());
  // Escape types nothing, so it works in text fields as well.
  return action && (!typing || action.id === 'stop') ? action : undefined;
}

/** Elements in which letters have a meaning: text fields, and menus, where a letter jumps to an entry. */
const TYPING = 'input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]';

function isTyping(target: EventTarget | null): boolean {
  const element = target as { closest?: (selector: string) => unknown } | null;
  return Boolean(element?.closest?.(TYPING));
}

export function listenForKeys(page: Page): void {
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.defaultPrevented) return;
    const action = actionFor(event);
    if (!action?.possible(page)) return;
    event.preventDefault();
    action.perform(page);
  });
}
