import type { Clock } from './clock';
import type { DownloadProgress } from './types';

const WINDOW_MS = 5000;
const BETWEEN_REPORTS_MS = 100;
/** The rate falls where nothing arrives: that is told too. */
const SILENT_REPORTS_MS = 1000;

/** Tells how far a download is: not too often, with the rate of the last seconds. `end` it. */
export class Meter {
  private file = '';
  private loaded = 0;
  private received = 0;
  private reportedAt = -Infinity;
  private takeBack = () => {};
  private samples: { at: number; received: number }[] = [];

  /** @param total bytes of the whole model */
  constructor(
    private readonly total: number,
    private readonly clock: Clock,
    private readonly report: (progress: DownloadProgress) => void = () => {},
  ) {}

  /** @param loaded bytes of the model that are there, those of the file included */
  begin(file: string, loaded: number): void {
    Object.assign(this, { file, loaded });
    this.tell(this.clock.now());
  }

  /** @param bytes that arrived now */
  arrived(bytes: number, loaded: number): void {
    this.received += bytes;
    this.loaded = loaded;
    const now = this.clock.now();
    const early = this.reportedAt + BETWEEN_REPORTS_MS - now;
    if (early <= 0) this.tell(now);
    // These may be the last bytes for a while.
    else this.tellIn(early);
  }

  /** @param why as a sentence */
  wait(why: string, loaded = this.loaded): void {
    this.loaded = loaded;
    this.samples = [];
    this.takeBack();
    this.reportedAt = this.clock.now();
    this.report({ file: this.file, loaded, total: this.total, bytesPerSecond: 0, waiting: why });
  }

  /** Nothing is told from now on. */
  end(): void {
    this.takeBack();
  }

  private tellIn(ms: number): void {
    this.takeBack();
    this.takeBack = this.clock.timer(ms, () => this.tell(this.clock.now()));
  }

  private tell(now: number): void {
    this.reportedAt = now;
    const bytesPerSecond = this.rate(now);
    const { file, loaded, total } = this;
    const secondsLeft = bytesPerSecond > 0 ? (total - loaded) / bytesPerSecond : undefined;
    this.report({ file, loaded, total, bytesPerSecond, secondsLeft });
    this.tellIn(SILENT_REPORTS_MS);
  }

  private rate(now: number): number {
    this.samples.push({ at: now, received: this.received });
    while (this.samples.length > 2 && now - this.samples[1].at >= WINDOW_MS) this.samples.shift();
    const [first] = this.samples;
    return now > first.at ? ((this.received - first.received) / (now - first.at)) * 1000 : 0;
  }
}
