/**
 * Names of the fastest kernels by adapter, kind and sizes, kept between visits. What cannot be stored is forgotten without an
 * error, and found again. Software adapters have none that lasts: other programs on the machine disturb their timings, and the order
 * of their candidates is that of measurements.
 */
export interface KernelMemory {
  get(key: string): string | undefined | Promise<string | undefined>;
  set(key: string, kernel: string): unknown;
}

/** Returns a memory that begins empty and also stores in another: what is chosen anew replaces what that one holds. */
export function renewed(memory: KernelMemory): KernelMemory {
  const own = new Map<string, string>();
  return {
    get: (key) => own.get(key),
    set(key, kernel) {
      own.set(key, kernel);
      return memory.set(key, kernel);
    },
  };
}
