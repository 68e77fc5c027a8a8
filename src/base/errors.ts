/** Machine-readable causes of a failure the user can act on. */
export type ErrorCode =
  | 'bad-input'
  | 'bad-plan'
  | 'bad-file'
  | 'unsupported'
  | 'no-webgpu'
  | 'insecure-context'
  | 'out-of-memory'
  | 'limit'
  | 'device-lost'
  | 'gpu'
  | 'not-finite'
  | 'network'
  | 'storage'
  | 'internal';

/**
 * A failure as the user sees it: one sentence with what and why, and a remedy.
 * Everything the lab throws on purpose is a LabError or a Cancelled; anything else is a defect.
 */
export class LabError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LabError';
    this.code = code;
    this.remedy = remedy;
  }
}

/** The user pressed Stop. Not an error: callers end quietly and keep what is done. */
export class Cancelled extends Error {
  constructor() {
    super('Stopped by the user.');
    this.name = 'Cancelled';
  }
}

/** Throws Cancelled once `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Cancelled();
}

/** A condition that only a defect of ours can break. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition)
    throw new LabError('internal', `Internal error: ${message}.`, 'Please report this with the plan.');
}

/** The sentence to show for any thrown value: message and remedy, never a stack trace. */
export function describeError(error: unknown): { code: ErrorCode; message: string; remedy: string } {
  if (error instanceof LabError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message: `Unexpected error: ${message}`, remedy: 'Please report this.' };
}
