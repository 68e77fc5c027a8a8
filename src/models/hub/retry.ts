import { LabError } from '../../base/errors';
import type { Clock } from './clock';

/** In a row, without one byte more than ever before. */
const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
/** A server that asks for more is answered with an error: nobody watches a bar for so long. */
const LONGEST_ASKED_MS = 10 * 60_000;

/** An attempt failed in a way the next one may not: a cut, silence, an overloaded server. Never leaves the folder. */
export class Interrupted extends Error {
  /**
   * @param why completes "…, because"
   * @param retryAfterMs how long the server asks to wait
   * @param unreachable no answer came at all
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

/** How often and how long to try: without end while it gets on, a few times where it does not. */
export class RetryPolicy {
  private failures = 0;

  /**
   * @param what completes "… could not be fetched"
   * @param onWait is told each wait as a sentence
   */
  constructor(
    private readonly what: string,
    private readonly clock: Clock,
    private readonly signal?: AbortSignal,
    private readonly onWait?: (sentence: string) => void,
  ) {}

  /**
   * Waits before the next attempt.
   * @param progressed whether the attempt got further than all before
   * @throws LabError network when there is to be none; Cancelled
   */
  async afterFailure(failure: Interrupted, progressed: boolean): Promise<void> {
    this.failures = progressed ? 0 : this.failures + 1;
    const asked = failure.retryAfterMs ?? 0;
    if (this.failures >= MAX_ATTEMPTS || asked > LONGEST_ASKED_MS) throw this.givenUp(failure, asked);
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.failures - 1));
    const wait = Math.max(backoff, asked);
    this.onWait?.(`${upper(failure.why)}; the next attempt is in ${Math.ceil(wait / 1000)} s.`);
    await this.clock.sleep(wait, this.signal);
  }

  private givenUp({ why, unreachable }: Interrupted, asked: number): LabError {
    const minutes = Math.ceil(asked / 60_000);
    const remedy =
      asked > LONGEST_ASKED_MS
        ? `Try again in ${minutes} minutes; what has arrived is kept.`
        : `${unreachable ? UNREACHABLE : 'Try again later'}; what has arrived is kept and the download goes on from there.`;
    return new LabError('network', `${this.what} could not be fetched: ${why}.`, remedy);
  }
}

const UNREACHABLE = 'Check the connection, and that the hub allows requests from this page (CORS)';

/**
 * The Retry-After header, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now.
 * @returns undefined when there is none or it is neither
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]/i.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function upper(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
