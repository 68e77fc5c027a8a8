import { throwIfAborted } from '../../../base/errors';
import type { Clock } from '../clock';

/** Time that passes only by being slept through, at once; timers go off when told to. */
export class TestClock implements Clock {
  time = Date.UTC(2026, 0, 1);
  /** Milliseconds of each sleep. */
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

  /** All running timers go off. */
  ring(): void {
    for (const call of [...this.timers]) call();
  }
}
