import type { BufferScope } from '../gpu/buffers';
import type { Recorder } from '../gpu/recorder';
import type { BenchContext } from './context';
import { recordedTimer } from './timers';
import type { Candidate, Verdict } from './types';

/** The check of a recorded operation's output, and what else it must free. */
export interface RecordedParts {
  verify(signal?: AbortSignal): Promise<Verdict>;
  dispose?(): void;
}

/**
 * Returns our side of a case. `build` allocates with the scope and records the operation once; the recording is run for the
 * check and replayed for timing.
 */
export async function recordedCandidate(
  { gpu, timer: wanted }: BenchContext,
  build: (recorder: Recorder, scope: BufferScope) => Promise<RecordedParts>,
): Promise<Candidate> {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  try {
    const parts = await build(recorder, scope);
    const timer = recordedTimer(gpu, recorder.commands, wanted);
    return {
      name: 'ours',
      timer: timer.timer,
      operationsPerRepeat: 1,
      async verify(signal) {
        await gpu.stream.run(recorder.commands, signal);
        return parts.verify(signal);
      },
      elapsed: (repeats, signal) => timer.elapsed(repeats, signal),
      dispose() {
        timer.dispose();
        parts.dispose?.();
        recorder.dispose();
        scope.dispose();
      },
    };
  } catch (error) {
    recorder.dispose();
    scope.dispose();
    throw error;
  }
}
