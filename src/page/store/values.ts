import { createStore } from 'zustand/vanilla';

/** Texts by parameter, as an address has them; the view that is loaded later checks them. */
export type Values = Readonly<Record<string, string>>;

export interface ValuesState {
  values: Values;
  /** What Undo returns to, the latest last. */
  past: readonly Values[];
}

/** The groups of values, and the keys of the page's address under which they are written. */
export const VALUE_GROUPS = ['decide', 'compare', 'inspect', 'text'] as const;
export type ValueGroup = (typeof VALUE_GROUPS)[number];

/** Makes something for each group. */
export function mapGroups<T>(make: (group: ValueGroup) => T): Record<ValueGroup, T> {
  return Object.fromEntries(VALUE_GROUPS.map((group) => [group, make(group)])) as Record<ValueGroup, T>;
}

/** The most changes that can be taken back. */
const MAX_PAST = 100;

/** Creates the store. @param text the values of an address: "max-increase=1;prefer=price" */
export function createValuesStore(text: string) {
  return createStore<ValuesState>(() => ({ values: parseValues(text), past: [] }));
}

export type ValuesStore = ReturnType<typeof createValuesStore>;

/** Sets a parameter; its default is not written. */
export function setValue(store: ValuesStore, key: string, text: string, byDefault = ''): void {
  setValues(store, { [key]: text === byDefault ? undefined : text });
}

/** Sets some parameters at once, which Undo takes back together, and removes those that are undefined. */
export function setValues(store: ValuesStore, change: Readonly<Record<string, string | undefined>>): void {
  store.setState(({ values, past }) => {
    const others = Object.entries(values).filter(([key]) => !Object.hasOwn(change, key));
    const set = Object.entries(change).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return { values: Object.fromEntries([...others, ...set]), past: [...past, values].slice(-MAX_PAST) };
  });
}

/** Takes back the last change. */
export function undo(store: ValuesStore): void {
  store.setState(({ values, past }) => ({ values: past.at(-1) ?? values, past: past.slice(0, -1) }));
}

/** Writes values for an address; "" for the default ones. */
export function valuesText(values: Values): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value.replace(/[%;]/g, encodeURIComponent)}`)
    .join(';');
}

/** Reads the values of an address: "max-increase=1;prefer=price". */
export function parseValues(text: string): Values {
  const pairs = text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf('=');
    const key = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? '' : part.slice(at + 1).trim();
    return key.trim() === '' ? [] : [[key.trim(), value.replace(/%(25|3B)/gi, decodeURIComponent)]];
  });
  return Object.fromEntries(pairs);
}
