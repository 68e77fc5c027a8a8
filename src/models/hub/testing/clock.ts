import { throwIfAborted } from '../../../base/errors';
import type { Clock } from '../clock';

/** A clock whose time advances only by sleeping, which returns at once. Timers fire on demand. */
export class TestClock implements Clock {
  time = Date.UTC(2026, 0, 1);
  /** The duration of each sleep in milliseconds. */
  readonly sleeps: number[] = [];
  private readonly timers = new Set<() => void>();

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.sleeps.push(ms);
    this.time += ms;
  }

  timer(_ms: number, call: () => void): () => void {
    const once = () => {
      this.timers.delete(once);
      call();
    };
    this.timers.add(once);
    return () => this.timers.delete(once);
  }

  /** Fires all running timers. */
  fireTimers(): void {
    for (const call of [...this.timers]) call();
  }
}
