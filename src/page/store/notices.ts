import { Cancelled, describeError } from '../../base/errors';
import type { ErrorCode } from '../../base/errors';

/** A failure that the user can read, act on, copy and dismiss. */
export interface Notice {
  id: number;
  code: ErrorCode;
  /** A sentence that says what failed and why. */
  message: string;
  remedy: string;
  /** What the failure is about, such as the codec's spelling. */
  subject?: string;
  /** Number of times it has occurred. */
  times: number;
}

/** Adds a notice; for a repeated one only the count is raised. */
export function withNotice(notices: readonly Notice[], notice: Omit<Notice, 'id' | 'times'>): Notice[] {
  const same = notices.find((n) => n.message === notice.message && n.subject === notice.subject);
  if (same) return notices.map((n) => (n === same ? { ...n, times: n.times + 1 } : n));
  const id = 1 + Math.max(0, ...notices.map((n) => n.id));
  return [...notices, { ...notice, id, times: 1 }];
}

/** Returns the notice for a thrown value, or undefined for a cancellation. */
export function noticeOf(error: unknown, subject?: string): Omit<Notice, 'id' | 'times'> | undefined {
  if (error instanceof Cancelled) return undefined;
  return { ...describeError(error), ...(subject !== undefined && { subject }) };
}
