import { isBusy } from '../store/lab';
import { cycleTheme } from '../store/view';
import { stop } from './activity';
import type { Page } from './page';
import { canRunPlan, runDraft } from '../measure/commands';
import { showView } from '../views/commands';
import { VIEWS } from '../views/views';

/** An action with a keyboard shortcut. Key handling and the list of shortcuts share this table. */
export interface Action {
  id: string;
  label: string;
  /** KeyboardEvent.key, lower case. */
  key: string;
  /** Name of the key in the list of shortcuts. */
  keyLabel: string;
  isEnabled(page: Page): boolean;
  perform(page: Page): void;
}

/** The keys of the views in the order of the menu: digits, as on a keyboard, and G for the glossary. */
const VIEW_KEYS = '1234567890g';

const always = (): boolean => true;

export const ACTIONS: readonly Action[] = [
  { id: 'run', label: 'Run the plan', key: 'r', keyLabel: 'R', isEnabled: canRunPlan, perform: runDraft },
  {
    id: 'stop',
    label: 'Stop and keep finished results; close a dialog',
    key: 'escape',
    keyLabel: 'Esc',
    isEnabled: (page) => isBusy(page.lab.getState()) || page.view.getState().shortcutsOpen,
    perform: closeOrStop,
  },
  {
    id: 'export',
    label: 'Export the records shown as JSON',
    key: 'e',
    keyLabel: 'E',
    isEnabled: always,
    perform: exportJsonNow,
  },
  {
    id: 'custom',
    label: 'Open or close the plan editor',
    key: 'c',
    keyLabel: 'C',
    isEnabled: always,
    perform: ({ view }) => view.setState((s) => ({ editorOpen: !s.editorOpen })),
  },
  ...VIEWS.map(({ id, label }, i): Action => {
    const key = VIEW_KEYS[i];
    return {
      id: `view-${id}`,
      label: `Show ${label}`,
      key,
      keyLabel: key.toUpperCase(),
      isEnabled: always,
      perform: (page) => showView(page, id),
    };
  }),
  {
    id: 'log',
    label: 'Turn the logarithmic scale on or off',
    key: 'l',
    keyLabel: 'L',
    isEnabled: always,
    perform: ({ view }) => view.setState((s) => ({ chart: { ...s.chart, log: s.chart.log === false } })),
  },
  {
    id: 'theme',
    label: 'Switch between light, dark and system theme',
    key: 't',
    keyLabel: 'T',
    isEnabled: always,
    perform: (page) => cycleTheme(page.view),
  },
  {
    id: 'shortcuts',
    label: 'Show or hide this list',
    key: '?',
    keyLabel: '?',
    isEnabled: always,
    perform: ({ view }) => view.setState((s) => ({ shortcutsOpen: !s.shortcutsOpen })),
  },
];

function closeOrStop(page: Page): void {
  if (page.view.getState().shortcutsOpen) page.view.setState({ shortcutsOpen: false });
  else stop(page);
}

function exportJsonNow(page: Page): void {
  void import('../table/commands').then(({ exportJson }) => exportJson(page));
}

/**
 * Returns the action of a key press. There is none while a text field has the focus or a modifier is held, so that
 * browser shortcuts work.
 */
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
  // Escape enters no text, so it also works in text fields.
  return action && (!typing || action.id === 'stop') ? action : undefined;
}

/** Selects elements that use letter keys: text fields, and menus, in which a letter selects an entry. */
const TEXT_INPUT = 'input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]';

function isTyping(target: EventTarget | null): boolean {
  const element = target as { closest?: (selector: string) => unknown } | null;
  return Boolean(element?.closest?.(TEXT_INPUT));
}

/** Performs the action of each key press. */
export function listenForKeys(page: Page): void {
  document.addEventListener('keydown', (event) => {
    if (event.repeat || event.defaultPrevented) return;
    const action = actionFor(event);
    if (!action?.isEnabled(page)) return;
    event.preventDefault();
    action.perform(page);
  });
}
