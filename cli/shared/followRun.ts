import type { LabRecord } from '../../src/lab/results/record';
import type { LabEvent } from '../../src/lab/run/events';
import type { TerminalProgress } from '../../src/platform/node/terminalProgress';

/** The records and failures of a run so far. */
export class RunOutcome {
  readonly byId = new Map<string, LabRecord>();
  /** Error messages by codec. */
  readonly failures = new Map<string, string>();
  stopped = false;

  get records(): LabRecord[] {
    return [...this.byId.values()];
  }
}

type Failed = Extract<LabEvent, { type: 'failed' }>;

/**
 * Collects the records and failures of a run and shows its progress until it ends.
 * @param onFailed called for each codec that failed
 */
export async function followRun(
  events: AsyncIterable<LabEvent>,
  bar: TerminalProgress,
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

/**
 * Returns the line that says what a stopped run has kept and how to resume it.
 * @param kept whether its records are in a folder
 */
export function stoppedText({ byId }: RunOutcome, kept: boolean): string {
  const next = kept ? 'The same command resumes it.' : 'Use --out to make a run resumable.';
  return `Stopped after ${byId.size} records. ${next}\n`;
}
