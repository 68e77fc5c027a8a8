import { installMeter } from './allocation';
import type { FuzzReader } from './reader';

const FILES = import.meta.glob<FuzzReader>('./readers/*.ts', { import: 'default' });

/** Returns all readers in order of name. A file in `readers/` adds one. */
export async function fuzzReaders(): Promise<readonly FuzzReader[]> {
  // The meter must be installed before the readers are loaded, because some modules keep references to constructors.
  installMeter();
  const readers = await Promise.all(Object.values(FILES).map((load) => load()));
  return readers.sort((a, b) => a.name.localeCompare(b.name));
}
