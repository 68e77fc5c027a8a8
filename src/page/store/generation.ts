import { createStore } from 'zustand/vanilla';

/** The settings of text generation as typed; they are checked when generation starts. */
export interface GenerationSettings {
  prompt: string;
  maxTokens: string;
  temperature: string;
  topK: string;
  seed: string;
}

/** The state of one of the two texts. */
export interface SideState {
  tokens: readonly string[];
  tokensPerSecond: number | null;
  state: 'waiting' | 'running' | 'done';
}

export interface GenerationState {
  settings: GenerationSettings;
  /** Id of the record to compare with; null for the one selected on the curve, or the smallest on the frontier. */
  record: string | null;
  /** The codec of the text shown, such as "rtn(bits=3)". */
  shown: string | null;
  /** The prompt that both texts continue. */
  shownPrompt: string;
  baseline: SideState;
  codec: SideState;
}

export const EMPTY_SIDE: SideState = { tokens: [], tokensPerSecond: null, state: 'waiting' };

export function createGenerationStore() {
  return createStore<GenerationState>(() => ({
    settings: {
      prompt: 'Once upon a time, there was a little',
      maxTokens: '80',
      temperature: '0',
      topK: '0',
      seed: '1',
    },
    record: null,
    shown: null,
    shownPrompt: '',
    baseline: EMPTY_SIDE,
    codec: EMPTY_SIDE,
  }));
}

export type GenerationStore = ReturnType<typeof createGenerationStore>;
