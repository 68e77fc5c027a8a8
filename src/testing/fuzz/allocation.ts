import v8 from 'node:v8';

/** Arrays over bytes of their own, by the global name modules find them under. */
const KINDS = [
  ...[
    'ArrayBuffer',
    'Uint8Array',
    'Int8Array',
    'Uint8ClampedArray',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
  ],
  ...['Int32Array', 'Float32Array', 'Float64Array', 'BigUint64Array', 'BigInt64Array'],
] as const;

type Constructor = (new (...args: unknown[]) => { byteLength: number; buffer?: unknown }) & {
  BYTES_PER_ELEMENT?: number;
};

let installed = false;
const meter = { on: false, requested: 0, limit: Infinity };

/** A file made its reader ask for more than its bound. */
class AllocationError extends Error {}

export interface Allocated {
  /** Bytes of arrays asked for, freed ones too. */
  arrays: number;
  /** Growth of the heap; what was collected in between is not seen. */
  heap: number;
}

/**
 * Counts the bytes of all arrays made during `work`.
 * @throws AllocationError as soon as they would be more than `limit`: before a huge one is made
 */
export async function metered(limit: number, work: () => Promise<void> | void): Promise<Allocated> {
  Object.assign(meter, { on: true, requested: 0, limit });
  const before = v8.getHeapStatistics().used_heap_size;
  try {
    const waiting = work();
    if (waiting) await waiting;
  } finally {
    meter.on = false;
    // A reader that catches everything must not hide it.
    checkMeter();
  }
  return { arrays: meter.requested, heap: v8.getHeapStatistics().used_heap_size - before };
}

function count(bytes: number): void {
  meter.requested += bytes;
  checkMeter();
}

function checkMeter(): void {
  if (!(meter.requested > meter.limit)) return;
  throw new AllocationError(`arrays of ${meter.requested} bytes in all, where ${meter.limit} are allowed`);
}

/** Replaces the global constructors by ones that count. Modules loaded later see these; call it before they are. */
export function installMeter(): void {
  if (installed) return;
  installed = true;
  const scope = globalThis as unknown as Record<string, Constructor>;
  for (const name of KINDS) {
    const counting = countingConstructor(scope[name]);
    // Copies (`slice`, `map`) are made through it.
    Object.defineProperty(scope[name].prototype, 'constructor', { value: counting });
    scope[name] = counting;
  }
}

function countingConstructor(original: Constructor): Constructor {
  const width = original.BYTES_PER_ELEMENT ?? 1;
  const counting: Constructor = new Proxy(original, {
    construct(target, args, newTarget: Constructor) {
      if (!meter.on) return Reflect.construct(target, args, newTarget === counting ? target : newTarget);
      const [first] = args as unknown[];
      if (typeof first === 'number') count(width * first);
      const made = Reflect.construct(target, args, newTarget === counting ? target : newTarget);
      if (typeof first !== 'number' && made.buffer !== first) count(made.byteLength);
      return made;
    },
  });
  return counting;
}
