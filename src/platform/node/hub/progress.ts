import { bytes } from '../../../base/format';
import type { DownloadProgress } from '../../../models/hub/types';
import { TerminalProgress, type Terminal } from '../terminalProgress';

/** Shows a download on stderr: a bar with bytes, rate and remaining time, and a line for the reason of each pause. */
export class DownloadBar {
  private readonly bar: TerminalProgress;
  private readonly now: () => number;
  private readonly started: number;
  private waiting: string | undefined;

  constructor(title: string, terminal: Terminal = process.stderr, now = () => performance.now()) {
    this.bar = new TerminalProgress(terminal, now);
    this.bar.start(title);
    this.now = now;
    this.started = now();
  }

  update(progress: DownloadProgress): void {
    const { loaded, total, secondsLeft, waiting } = progress;
    if (waiting !== undefined && waiting !== this.waiting) this.bar.say(waiting);
    this.waiting = waiting;
    this.bar.update({
      fraction: total > 0 ? loaded / total : 0,
      step: stepOf(progress),
      elapsedMs: this.now() - this.started,
      ...(secondsLeft !== undefined && { remainingMs: 1000 * secondsLeft }),
    });
  }

  clear(): void {
    this.bar.clear();
  }
}

function stepOf({ file, loaded, total, bytesPerSecond }: DownloadProgress): string {
  const rate = bytesPerSecond > 0 ? `, ${bytes(bytesPerSecond)}/s` : '';
  return `${bytes(loaded)} of ${bytes(total)}${rate}, ${file}`;
}
