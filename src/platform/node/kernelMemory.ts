import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { KernelMemory } from '../../gpu/kernelMemory';

/** Returns a memory in a JSON file. A file that cannot be read counts as empty; one that cannot be written is not an error. */
export function fileKernelMemory(path: string): KernelMemory {
  const known = readMemory(path);
  return {
    get: (key) => known.get(key),
    set(key, kernel) {
      // Another process may have added to the file.
      known.set(key, kernel);
      const all = new Map([...readMemory(path), ...known]);
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
      } catch {
        // The choice lasts for this run.
      }
    },
  };
}

function readMemory(path: string): Map<string, string> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as object);
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch {
    return new Map();
  }
}
