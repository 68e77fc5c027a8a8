import { duration } from '../../base/format';
import type { Progress } from '../../lab/run/events';

/** The part of process.stderr that is used. */
export interface Terminal {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Progress with a remaining time if it is known. */
export type ProgressUpdate = Omit<Progress, 'remainingMs'> & Partial<Pick<Progress, 'remainingMs'>>;

const BAR_WIDTH = 24;
/** The minimum interval between redraws in milliseconds, and the number of lines in a log after the first. */
const REDRAW_MS = 100;
const LOG_LINES = 10;
const ERASE_LINE = '\r\u001b[2K';

/** Shows progress on stderr: one line that is redrawn on a terminal, or a line for every tenth of the work in a log. */
export class TerminalProgress {
  private readonly terminal: Terminal;
  private readonly now: () => number;
  private drawn = false;
  private lastDrawMs = -Infinity;
  private logged = -1;
  private title = '';

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.terminal = terminal;
    this.now = now;
  }

  /** Starts the progress of another plan. */
  start(title: string): void {
    this.clear();
    this.title = title;
    this.lastDrawMs = -Infinity;
    this.logged = -1;
  }

  update(progress: ProgressUpdate): void {
    if (this.terminal.isTTY) this.draw(progress);
    else this.log(progress);
  }

  /** Writes a message above the bar. */
  say(line: string): void {
    this.clear();
    this.terminal.write(`${line}\n`);
  }

  /** Erases the bar. */
  clear(): void {
    if (this.drawn) this.terminal.write(ERASE_LINE);
    this.drawn = false;
    this.lastDrawMs = -Infinity;
  }

  private draw(progress: ProgressUpdate): void {
    if (this.now() - this.lastDrawMs < REDRAW_MS) return;
    this.lastDrawMs = this.now();
    const full = Math.round(progress.fraction * BAR_WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    const line = `${this.title} ${bar} ${describe(progress)}`;
    // A line longer than the terminal would wrap and could not be erased.
    this.terminal.write(ERASE_LINE + line.slice(0, (this.terminal.columns ?? 80) - 1));
    this.drawn = true;
  }

  private log(progress: ProgressUpdate): void {
    const tenths = Math.floor(progress.fraction * LOG_LINES);
    if (tenths <= this.logged) return;
    this.logged = tenths;
    this.terminal.write(`${this.title} ${describe(progress)}\n`);
  }
}

function describe({ fraction, step, elapsedMs, remainingMs }: ProgressUpdate): string {
  const percent = `${Math.floor(100 * fraction)} %`.padStart(5);
  const left = remainingMs === undefined ? '' : `, ${duration(remainingMs)} left`;
  return `${percent}, ${duration(elapsedMs)} gone${left}: ${step}`;
}
