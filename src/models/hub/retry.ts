import { LabError } from '../../base/errors';
import type { Clock } from './clock';

/** Maximum number of successive attempts without progress. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
const MAX_WAIT_MS = 30_000;
/** Maximum pause that a server may request; a longer one is an error. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/**
 * The error of an attempt that may succeed when repeated: an interruption, a timeout, a busy server. It is internal to
 * this folder.
 */
export class Interrupted extends Error {
  /**
   * @param why the reason as a clause
   * @param retryAfterMs the pause that the server requests
   * @param unreachable whether there was no response at all
   */
  constructor(
    readonly why: string,
    readonly retryAfterMs?: number,
    readonly unreachable = false,
  ) {
    super(why);
    this.name = 'Interrupted';
  }
}

/** Decides about retries: without limit while there is progress, otherwise six attempts with growing pauses. */
export class RetryPolicy {
  private failures = 0;

  /**
   * @param what the subject of "… could not be fetched"
   * @param onWait receives the reason of each pause as a sentence
   */
  constructor(
    private readonly what: string,
    private readonly clock: Clock,
    private readonly signal?: AbortSignal,
    private readonly onWait?: (sentence: string) => void,
  ) {}

  /**
   * Waits before the next attempt.
   * @param progressed whether the attempt got further than all previous ones
   * @throws LabError network if there is to be no further attempt; Cancelled
   */
  async afterFailure(failure: Interrupted, progressed: boolean): Promise<void> {
    this.failures = progressed ? 0 : this.failures + 1;
    const retryAfter = failure.retryAfterMs ?? 0;
    if (this.failures >= MAX_ATTEMPTS || retryAfter > MAX_RETRY_AFTER_MS)
      throw this.finalError(failure, retryAfter);
    const backoff = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.failures - 1));
    const wait = Math.max(backoff, retryAfter);
    this.onWait?.(`${capitalised(failure.why)}; the next attempt is in ${Math.ceil(wait / 1000)} s.`);
    await this.clock.sleep(wait, this.signal);
  }

  private finalError({ why, unreachable }: Interrupted, retryAfter: number): LabError {
    const minutes = Math.ceil(retryAfter / 60_000);
    const remedy =
      retryAfter > MAX_RETRY_AFTER_MS
        ? `Try again in ${minutes} minutes. What has arrived is kept.`
        : `${unreachable ? UNREACHABLE : 'Try again later.'} What has arrived is kept, and the next download resumes from there.`;
    return new LabError('network', `${this.what} could not be fetched: ${why}.`, remedy);
  }
}

const UNREACHABLE = 'Check the connection, and that the hub allows requests from this page (CORS).';

/**
 * Returns the pause in a Retry-After header, which has seconds or a date (RFC 9110, 10.2.3), in milliseconds from now.
 * @returns undefined if the header is missing or invalid
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
