import type { LabRecord } from '../../src/lab/results/record';
import type { LabEvent } from '../../src/lab/run/events';
import type { ProgressBar } from '../../src/platform/node/progressBar';

/** What a run has produced so far. */
export class RunOutcome {
  readonly byId = new Map<string, LabRecord>();
  /** Sentence by codec. */
  readonly failures = new Map<string, string>();
  stopped = false;

  get records(): LabRecord[] {
    return [...this.byId.values()];
  }
}

type Failed = Extract<LabEvent, { type: 'failed' }>;

/**
 * Keeps what a run produces and shows its progress until it ends.
 * @param onFailed told of each codec that failed
 */
export async function followRun(
  events: AsyncIterable<LabEvent>,
  bar: ProgressBar,
  outcome: RunOutcome,
  onFailed?: (event: Failed) => void,
): Promise<void> {
  for await (const event of events)
    switch (event.type) {
      case 'started':
        break;
      case 'progress':
        bar.update(event.progress);
        break;
      case 'record':
        outcome.byId.set(event.record.id, event.record);
        break;
      case 'failed':
        outcome.failures.set(event.codec, event.message);
        onFailed?.(event);
        break;
      case 'done':
        outcome.stopped ||= event.status === 'stopped';
    }
}

/** What a stopped run leaves and how it goes on. @param kept whether its records are in a folder */
export function stoppedText({ byId }: RunOutcome, kept: boolean): string {
  const next = kept ? 'The same command resumes it.' : 'With --out an interrupted run can be resumed.';
  return `Stopped after ${byId.size} records. ${next}\n`;
}
