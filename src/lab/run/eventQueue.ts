/** Hands progress from callbacks deep inside a step to the generator that yields it. */
export class EventQueue<Event extends { type: string }> {
  private queue: Event[] = [];
  private wake: (() => void) | undefined;

  /** Adds an event. Progress replaces earlier progress that has not been yielded yet. */
  push(event: Event): void {
    if (event.type === 'progress') this.queue = this.queue.filter((e) => e.type !== 'progress');
    this.queue.push(event);
    this.wake?.();
  }

  /** Yields events until `work` settles, then returns its value. */
  async *during<T>(work: Promise<T>): AsyncGenerator<Event, T> {
    let settled = false;
    const end = work.then(
      () => (settled = true),
      () => (settled = true),
    );
    while (!settled || this.queue.length > 0) {
      yield* this.queue.splice(0);
      if (settled) break;
      await Promise.race([end, new Promise<void>((resolve) => (this.wake = resolve))]);
    }
    yield* this.queue.splice(0);
    return work;
  }
}
