import v8 from 'node:v8';

/** The global names of the constructors that allocate bytes. */
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

/** The error that a reader has requested more memory than its bound. */
class AllocationError extends Error {}

/** The memory that some work has requested, in bytes. */
export interface Allocated {
  /** The total of all requested arrays, including freed ones. */
  arrays: number;
  /** The growth of the heap, not including memory that was collected in between. */
  heap: number;
}

/**
 * Counts the bytes of all arrays that are allocated during `work`.
 * @throws AllocationError before the total exceeds `limit`, so that a huge array is never allocated
 */
export async function metered(limit: number, work: () => Promise<void> | void): Promise<Allocated> {
  Object.assign(meter, { on: true, requested: 0, limit });
  const before = v8.getHeapStatistics().used_heap_size;
  try {
    const waiting = work();
    if (waiting) await waiting;
  } finally {
    meter.on = false;
    // A reader that catches all errors must not hide the error of the meter.
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
  throw new AllocationError(
    `arrays of ${meter.requested} bytes in total; at most ${meter.limit} are allowed`,
  );
}

/** Replaces the global constructors by counting ones. Call it before loading the modules that should use them. */
export function installMeter(): void {
  if (installed) return;
  installed = true;
  const scope = globalThis as unknown as Record<string, Constructor>;
  for (const name of KINDS) {
    const counting = countingConstructor(scope[name]);
    // `slice` and `map` create copies through the property `constructor`.
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
