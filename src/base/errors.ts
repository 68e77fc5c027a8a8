/** Machine-readable kinds of failure; each `LabError` has one. */
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
 * A failure as the user sees it: `message` says what happened, `remedy` what to do about it, each in whole sentences.
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

/** Thrown when the user stops the work. It is not an error: callers end quietly and keep what is done. */
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

/** Throws a LabError `internal` unless `condition` holds. Only a defect of this program can break it. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition)
    throw new LabError('internal', `Internal error: ${message}.`, 'Please report this with the plan.');
}

/** What Chromium, Firefox and Safari say if a module cannot be loaded that is imported when it is needed. */
const MODULE_NOT_LOADED = /dynamically imported module|Importing a module script failed/i;

/** Returns the code, message and remedy to show for any thrown value, never a stack trace. */
export function describeError(error: unknown): { code: ErrorCode; message: string; remedy: string } {
  if (error instanceof LabError) return { code: error.code, message: error.message, remedy: error.remedy };
  const message = error instanceof Error ? error.message : String(error);
  if (MODULE_NOT_LOADED.test(message))
    return {
      code: 'network',
      message: 'A part of the program could not be loaded.',
      remedy: 'Check the connection and reload the page.',
    };
  return { code: 'internal', message: `Unexpected error: ${message}`, remedy: 'Please report this.' };
}
