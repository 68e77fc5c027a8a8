import { LabError } from '../../base/errors';
import { metered, type Allocated } from './allocation';
import { cpuSeconds } from './cpuTime';
import {
  BASE_BYTES,
  HEAP_BASE_BYTES,
  HEAP_FACTOR,
  FILE_REFUSALS,
  type FuzzReader,
  type Prepared,
} from './reader';

/** CPU time in seconds above which a case counts as a hang. Normal cases take a thousandth of it. */
const SLOW_CPU_SECONDS = 10;

/** The outcome of reading a file. */
export interface Judgement {
  accepted: boolean;
  allocated: Allocated;
}

/**
 * Reads a file within the reader's bounds.
 * @throws Error unless the file is read or refused with a code, a sentence and a remedy
 */
export async function judge(reader: FuzzReader, prepared: Prepared, bytes: Uint8Array): Promise<Judgement> {
  const limit = reader.memory.factor * bytes.byteLength + (reader.memory.base ?? BASE_BYTES);
  const started = cpuSeconds();
  let refusal: unknown;
  const allocated = await metered(limit, () =>
    attempt(
      () => prepared.read(bytes),
      (error) => (refusal = error),
    ),
  );
  const used = cpuSeconds() - started;
  if (used > SLOW_CPU_SECONDS) throw new Error(`it took ${used.toFixed(1)} s of CPU time`);
  checkHeap(allocated.heap, HEAP_FACTOR * bytes.byteLength + HEAP_BASE_BYTES);
  if (refusal !== undefined) checkRefusal(refusal, reader);
  return { accepted: refusal === undefined, allocated };
}

function checkHeap(grown: number, limit: number): void {
  if (grown > limit) throw new Error(`the heap grew by ${grown} bytes; at most ${limit} are allowed`);
}

/** Runs a reader, most of which are synchronous, and awaits it only if it is asynchronous. */
function attempt(work: () => Promise<void> | void, failed: (error: unknown) => void): Promise<void> | void {
  try {
    return work()?.catch(failed);
  } catch (error) {
    failed(error);
  }
}

function checkRefusal(error: unknown, { refusals = FILE_REFUSALS }: FuzzReader): void {
  if (!(error instanceof LabError)) throw error;
  const { code, message, remedy } = error;
  const wrong = !refusals.includes(code)
    ? `the code ${code}`
    : !/^[^\n]{10,700}[.!?]$/s.test(message)
      ? 'a message that is not a sentence'
      : remedy.trim() === '' && 'no remedy';
  if (wrong)
    throw new Error(`A refusal with ${wrong}: ${code}: ${JSON.stringify(message.slice(0, 900))}`, {
      cause: error,
    });
}
