import { Worker } from 'node:worker_threads';

/** CPU time in seconds after which a case is stuck; no case needs a hundredth of it. */
const STUCK_CPU_SECONDS = 60;
/** Elapsed time in seconds after which a case that waits is stuck. */
const STUCK_SECONDS = 600;

/** Reports the current case to a thread that ends the process if the case never ends. */
export interface Watchdog {
  begin(index: number): void;
  /** Marks the time between cases. */
  rest(): void;
  stop(): void;
}

/** The source of the watching thread, since a stuck thread cannot report itself. It shares the number of the case with it. */
const WATCH = `
const { workerData: { shared, name, seed, cpuSeconds, seconds } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const cell = new Int32Array(shared);
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
let last = -2, since = 0, used = 0;
for (;;) {
  if (Atomics.wait(cell, 1, 0, 1000) === 'not-equal') break;
  const index = Atomics.load(cell, 0);
  if (index !== last || index < 0) { last = index; since = performance.now(); used = cpu(); continue; }
  if (cpu() - used < cpuSeconds && performance.now() - since < 1000 * seconds) continue;
  writeSync(2, '\\nThe reader ' + name + ' did not return from case ' + index + ' of seed ' + seed +
    '.\\nTo read it again: npm run fuzz -- --reader ' + name + ' --seed ' + seed + ' --case ' + index + '\\n');
  process.kill(process.pid, 'SIGKILL');
}`;

/** Starts a watchdog for the cases of a reader. */
export function watch(name: string, seed: number): Watchdog {
  const shared = new SharedArrayBuffer(8);
  const cell = new Int32Array(shared);
  cell[0] = -1;
  const data = { shared, name, seed, cpuSeconds: STUCK_CPU_SECONDS, seconds: STUCK_SECONDS };
  const worker = new Worker(WATCH, { eval: true, workerData: data });
  worker.unref();
  return {
    begin: (index) => void Atomics.store(cell, 0, index),
    rest: () => void Atomics.store(cell, 0, -1),
    stop() {
      Atomics.store(cell, 1, 1);
      Atomics.notify(cell, 1);
    },
  };
}
