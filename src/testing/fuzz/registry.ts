import { installMeter } from './allocation';
import type { FuzzReader } from './reader';

const FILES = import.meta.glob<FuzzReader>('./readers/*.ts', { import: 'default' });

/** Every reader of the project that can be broken, by name; a file dropped into `readers/` is one more. */
export async function fuzzReaders(): Promise<readonly FuzzReader[]> {
  // Before what they read with is loaded: some modules keep the constructors they find.
  installMeter();
  const readers = await Promise.all(Object.values(FILES).map((load) => load()));
  return readers.sort((a, b) => a.name.localeCompare(b.name));
}
