import { Worker } from 'node:worker_threads';

/** Processor time of one case that no file here needs a hundredth of; seconds. */
const STUCK_CPU_SECONDS = 60;
/** Longest time for one case that waits instead of working; seconds. */
const STUCK_SECONDS = 600;

/** Tells which case is being read, to a thread of its own that ends the process when it never ends. */
export interface Watchdog {
  begin(index: number): void;
  /** Between cases. */
  rest(): void;
  stop(): void;
}

/** A thread that is stuck cannot say so itself: plain JavaScript that shares one number with it and can write and kill. */
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
  writeSync(2, '\\nThe reader ' + name + ' never came back from case ' + index + ' of seed ' + seed +
    '.\\nAgain: npm run fuzz -- --reader ' + name + ' --seed ' + seed + ' --case ' + index + '\\n');
  process.kill(process.pid, 'SIGKILL');
}`;

/** Watches the cases of one reader. */
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
