import { createStore } from 'zustand/vanilla';
import type { ChartView } from '../chart/points';
import type { LessonId } from '../learn/lessonIds';
import type { ShownPart } from '../views/views';

export type Theme = 'system' | 'light' | 'dark';

interface SortOrder {
  column: string;
  descending: boolean;
}

/** Display settings, which do not affect measurements. */
export interface ViewState extends ShownPart {
  chart: ChartView;
  sort: SortOrder;
  /** Whether the table lists opponents. */
  opponents: boolean;
  theme: Theme;
  editorOpen: boolean;
  shortcutsOpen: boolean;
  /** The choices that were made in lessons during this visit. */
  predictions: Readonly<Partial<Record<LessonId, number>>>;
}

const THEME_KEY = 'bitcurve.theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** Creates the store. @param shown the part of the page that the address names */
export function createViewStore(shown: ShownPart) {
  return createStore<ViewState>(() => ({
    ...shown,
    chart: { x: 'bitsPerWeight', y: 'change', log: null },
    sort: { column: 'bitsPerWeight', descending: true },
    opponents: false,
    theme: storedTheme(),
    editorOpen: false,
    shortcutsOpen: false,
    predictions: {},
  }));
}

export type ViewStore = ReturnType<typeof createViewStore>;

export function setChart(store: ViewStore, change: Partial<ChartView>): void {
  store.setState((s) => ({ chart: { ...s.chart, ...change } }));
}

/** Sorts by a column; choosing the same column again reverses the order. */
export function sortBy(store: ViewStore, column: string): void {
  store.setState(({ sort }) => ({
    sort: { column, descending: sort.column === column ? !sort.descending : true },
  }));
}

/** Switches to the next theme: system, light, dark. The choice is stored if the browser allows it. */
export function cycleTheme(store: ViewStore): void {
  const theme = THEMES[(THEMES.indexOf(store.getState().theme) + 1) % THEMES.length];
  store.setState({ theme });
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts for this visit only.
  }
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(THEME_KEY);
    return THEMES.find((t) => t === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
