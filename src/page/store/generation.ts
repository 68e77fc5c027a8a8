import { createStore } from 'zustand/vanilla';
import type { GeneratedPiece } from '../../lab/generate/text';

/** The views that show texts side by side. */
export type TextView = 'generate' | 'compare' | 'inspect';

/** One of the texts of a comparison. */
export interface SideState {
  /** What wrote it, such as "rtn(bits=3)". */
  title: string;
  tokens: readonly GeneratedPiece[];
  tokensPerSecond: number | null;
  state: 'waiting' | 'running' | 'done';
}

/** Texts from one prompt. */
interface ComparedTexts {
  prompt: string;
  sides: readonly SideState[];
}

export interface GenerationState {
  /** Id of the record to compare with; null for the one selected on the curve, or the smallest on the frontier. */
  record: string | null;
  /** The last texts of each view. */
  texts: Readonly<Partial<Record<TextView, ComparedTexts>>>;
}

export function createGenerationStore() {
  return createStore<GenerationState>(() => ({ record: null, texts: {} }));
}

export type GenerationStore = ReturnType<typeof createGenerationStore>;

/** Changes one side of the texts of a view. */
export function updateSide(
  store: GenerationStore,
  view: TextView,
  index: number,
  change: (old: SideState) => Partial<SideState>,
): void {
  store.setState(({ texts }) => {
    const shown = texts[view]!;
    const sides = shown.sides.map((side, i) => (i === index ? { ...side, ...change(side) } : side));
    return { texts: { ...texts, [view]: { ...shown, sides } } };
  });
}
