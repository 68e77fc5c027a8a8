import type { Clock } from './clock';
import type { DownloadProgress } from './types';

const WINDOW_MS = 5000;
const BETWEEN_REPORTS_MS = 100;
/** Interval of reports while nothing arrives, which show the falling rate. */
const STALLED_REPORTS_MS = 1000;

/**
 * Reports the progress of a download at most ten times a second, with the rate over the last seconds. Call `end` at the
 * end.
 */
export class Meter {
  private file = '';
  private loaded = 0;
  private received = 0;
  private reportedAt = -Infinity;
  private cancelTimer = () => {};
  private samples: { at: number; received: number }[] = [];

  /** @param total the size of the model in bytes */
  constructor(
    private readonly total: number,
    private readonly clock: Clock,
    private readonly report: (progress: DownloadProgress) => void = () => {},
  ) {}

  /** Begins a file. @param loaded the number of stored bytes of the model, including those of the file */
  begin(file: string, loaded: number): void {
    Object.assign(this, { file, loaded });
    this.send(this.clock.now());
  }

  /** Counts bytes that have arrived. @param bytes their number @param loaded the number of stored bytes of the model */
  arrived(bytes: number, loaded: number): void {
    this.received += bytes;
    this.loaded = loaded;
    const now = this.clock.now();
    const early = this.reportedAt + BETWEEN_REPORTS_MS - now;
    if (early <= 0) this.send(now);
    // A delayed report is needed in case these are the last bytes for a while.
    else this.sendIn(early);
  }

  /** Reports a pause. @param why the reason as a sentence */
  wait(why: string, loaded = this.loaded): void {
    this.loaded = loaded;
    this.samples = [];
    this.cancelTimer();
    this.reportedAt = this.clock.now();
    this.report({ file: this.file, loaded, total: this.total, bytesPerSecond: 0, waiting: why });
  }

  /** Ends all reports. */
  end(): void {
    this.cancelTimer();
  }

  private sendIn(ms: number): void {
    this.cancelTimer();
    this.cancelTimer = this.clock.timer(ms, () => this.send(this.clock.now()));
  }

  private send(now: number): void {
    this.reportedAt = now;
    const bytesPerSecond = this.rate(now);
    const { file, loaded, total } = this;
    const secondsLeft = bytesPerSecond > 0 ? (total - loaded) / bytesPerSecond : undefined;
    this.report({ file, loaded, total, bytesPerSecond, secondsLeft });
    this.sendIn(STALLED_REPORTS_MS);
  }

  private rate(now: number): number {
    this.samples.push({ at: now, received: this.received });
    while (this.samples.length > 2 && now - this.samples[1].at >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    return now > first.at ? ((this.received - first.received) / (now - first.at)) * 1000 : 0;
  }
}
