import { Cancelled, describeError } from '../../base/errors';
import type { ErrorCode } from '../../base/errors';

/** One failure the user can read, act on, copy and dismiss. */
export interface Notice {
  id: number;
  code: ErrorCode;
  /** What failed and why, one sentence. */
  message: string;
  remedy: string;
  /** What was going on, e.g. the codec's spelling. */
  subject?: string;
  /** How often it happened in a row. */
  times: number;
}

/** Adds a notice; the same one again only counts up. */
export function withNotice(notices: readonly Notice[], notice: Omit<Notice, 'id' | 'times'>): Notice[] {
  const same = notices.find((n) => n.message === notice.message && n.subject === notice.subject);
  if (same) return notices.map((n) => (n === same ? { ...n, times: n.times + 1 } : n));
  const id = 1 + Math.max(0, ...notices.map((n) => n.id));
  return [...notices, { ...notice, id, times: 1 }];
}

/** The notice for any thrown value; a cancellation is none. */
export function noticeOf(error: unknown, subject?: string): Omit<Notice, 'id' | 'times'> | undefined {
  if (error instanceof Cancelled) return undefined;
  return { ...describeError(error), ...(subject !== undefined && { subject }) };
}
