import type { Progress } from './events';

/**
 * Turns finished work into a fraction and remaining time. Work is weighed in estimated milliseconds; as real time passes
 * the estimate is scaled by how fast the finished part actually went.
 */
export class ProgressEstimator {
  private readonly total: number;
  private readonly started = performance.now();
  private done = 0;
  private step = '';

  /** @param total estimated milliseconds of the whole plan */
  constructor(total: number) {
    this.total = Math.max(total, 1);
  }

  /** Marks `cost` more estimated milliseconds as finished (or found unnecessary). */
  finish(cost: number): void {
    this.done = Math.min(this.total, this.done + cost);
  }

  /** Reports progress. @param within share that is done of a piece of `cost` milliseconds which is still running */
  report(step: string, cost = 0, within = 0): Progress {
    this.step = step || this.step;
    const fraction = Math.min(1, (this.done + cost * within) / this.total);
    const elapsedMs = performance.now() - this.started;
    return { fraction, step: this.step, elapsedMs, remainingMs: remaining(this.total, fraction, elapsedMs) };
  }
}

/** Estimates the remaining milliseconds, by the estimate at first and by the measured speed later. */
function remaining(total: number, fraction: number, elapsedMs: number): number {
  const byEstimate = Math.max(0, total * (1 - fraction));
  if (fraction <= 0) return byEstimate;
  const bySpeed = (elapsedMs / fraction) * (1 - fraction);
  return fraction * bySpeed + (1 - fraction) * Math.min(byEstimate, 4 * bySpeed);
}
