import { createStore } from 'zustand/vanilla';

/** What is to be decided, as texts by parameter; the panel that is loaded later checks them. */
export interface DecisionState {
  values: Readonly<Record<string, string>>;
}

/** The key of the page's address under which a decision is written. */
export const DECISION_KEY = 'decide';

/** Creates the store. @param text the decision of an address: "max-increase=1;prefer=price" */
export function createDecisionStore(text: string) {
  return createStore<DecisionState>(() => ({ values: decisionValues(text) }));
}

export type DecisionStore = ReturnType<typeof createDecisionStore>;

/** Sets a parameter; an empty text removes it. */
export function setDecision(store: DecisionStore, key: string, text: string): void {
  store.setState(({ values }) => {
    const others = Object.entries(values).filter(([each]) => each !== key);
    return { values: Object.fromEntries(text === '' ? others : [...others, [key, text]]) };
  });
}

/** Writes a decision for an address; "" for the default one. */
export function decisionText(values: DecisionState['values']): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(';');
}

/** Reads the decision of an address: "max-increase=1;prefer=price". */
export function decisionValues(text: string): DecisionState['values'] {
  const pairs = text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    const key = at < 0 ? part : part.slice(0, at);
    return key.trim() === '' ? [] : [[key.trim(), at < 0 ? '' : part.slice(at + 1).trim()]];
  });
  return Object.fromEntries(pairs);
}
