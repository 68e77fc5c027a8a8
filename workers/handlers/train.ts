import { describeError, LabError } from '../../src/base/errors';
import { runTraining } from '../../src/lab/train/run';
import type { TrainEvent } from '../../src/lab/train/events';
import { openPausedRuns, type PausedRuns, type TrainStep } from '../../src/platform/browser/pausedTraining';
import type { RunStatus, TrainMessage, TrainParams } from '../labCalls';
import type { LabHandler } from './context';

/** Minimum time between two reports of steps, since small models take hundreds of steps per second. */
const MIN_REPORT_INTERVAL_MS = 100;

/**
 * Trains a model. Each checkpoint is stored in the browser at once, so that a reload, a closed tab or a lost device costs only the
 * steps since the last one. A complete run deletes its checkpoints.
 * @throws LabError of the run, and storage if there is no checkpoint to resume from
 */
export const handleTrain: LabHandler<'train'> = async (
  request,
  { measuringLab, records, signal, report },
) => {
  const run = new StoredRun(request, report);
  const { plan, checkpointEvery } = request;
  let status: RunStatus = 'stopped';
  try {
    const options = { signal, store: await records(), resume: await run.open(), checkpointEvery };
    for await (const event of runTraining(await measuringLab(signal), plan, options)) {
      await run.handle(event);
      if (event.type === 'done') status = event.status;
    }
    return status;
  } finally {
    run.close();
  }
};

/** Returns the message for a result. Only the artefact of quantisation-aware training is sent to the page. */
function resultMessage(result: Extract<TrainEvent, { type: 'record' }>): TrainMessage {
  return result.kind === 'qat' ? result : { ...result, artefact: undefined };
}

/** A training run that stores its checkpoints in the browser and reports its steps in batches. */
class StoredRun {
  private readonly request: TrainParams;
  private readonly report: (message: TrainMessage) => void;
  private readonly steps: TrainStep[];
  private reported: number;
  private reportedAt = 0;
  private store: PausedRuns | undefined;

  constructor(request: TrainParams, report: (message: TrainMessage) => void) {
    this.request = request;
    this.report = report;
    this.steps = [...(request.resume?.steps ?? [])];
    this.reported = this.steps.length;
  }

  /** Returns the checkpoints to resume from. A new run deletes those of an earlier one. */
  async open() {
    const { plan, resume } = this.request;
    if (!resume) {
      await this.guarded(async (store) => store.delete(plan.model));
      return new Map();
    }
    this.store = await openPausedRuns();
    const found = await this.store.checkpoints(plan.model);
    if (found.size > 0) return found;
    throw new LabError(
      'storage',
      'The checkpoint of this run has been deleted.',
      'Discard the run and start again.',
    );
  }

  /** Handles one event of the run. */
  async handle(event: TrainEvent): Promise<void> {
    if (event.type === 'step') return this.step(event);
    this.reportSteps();
    if (event.type === 'checkpoint') return this.save(event);
    if (event.type === 'done' && event.status === 'complete')
      await this.guarded(async (store) => store.delete(this.request.plan.model));
    this.report(event.type === 'record' ? resultMessage(event) : event);
  }

  close(): void {
    this.store?.close();
  }

  private step({ stage, report }: Extract<TrainEvent, { type: 'step' }>): void {
    this.steps.push({ stage, report });
    if (performance.now() - this.reportedAt >= MIN_REPORT_INTERVAL_MS) this.reportSteps();
  }

  private reportSteps(): void {
    if (this.reported === this.steps.length) return;
    this.report({ type: 'steps', steps: this.steps.slice(this.reported) });
    this.reported = this.steps.length;
    this.reportedAt = performance.now();
  }

  private async save(event: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    const { stage, step, checkpoint } = event;
    const { plan, fields } = this.request;
    const savedAt = new Date().toISOString();
    const run = { model: plan.model, fields, stage, step, steps: [...this.steps], savedAt };
    if (await this.guarded((store) => store.save(run, checkpoint)))
      this.report({ type: 'checkpoint', stage, step });
  }

  /** Runs `work` with the store. If that fails, training continues, and the page is told that the run cannot be resumed. */
  private async guarded(work: (store: PausedRuns) => Promise<void>): Promise<boolean> {
    try {
      this.store ??= await openPausedRuns();
      await work(this.store);
      return true;
    } catch (error) {
      this.report({ type: 'unsaved', ...describeError(error) });
      return false;
    }
  }
}
