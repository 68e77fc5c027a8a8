import { describeError, LabError } from '../../src/base/errors';
import { runTraining } from '../../src/lab/train/run';
import type { TrainEvent } from '../../src/lab/train/events';
import { openPausedRuns, type PausedRuns, type TrainStep } from '../../src/platform/browser/pausedTraining';
import type { RunStatus, TrainMessage, TrainParams } from '../labCalls';
import type { LabHandler } from './context';

/** Shortest time between two reports of steps: small models take hundreds of steps in a second. */
const STEPS_EVERY_MS = 100;

/**
 * Trains for the page. Every checkpoint goes to the browser's storage at once, so that a reload, a closed tab or a lost device costs
 * only the steps since the last one. A run that completes leaves no checkpoints behind.
 * @throws LabError what the run throws, and storage when there is nothing to resume from
 */
export const handleTrain: LabHandler<'train'> = async (request, { lab, records, signal, report }) => {
  const run = new KeptRun(request, report);
  const { plan, checkpointEvery } = request;
  let status: RunStatus = 'stopped';
  try {
    const options = { signal, store: await records(), resume: await run.open(), checkpointEvery };
    for await (const event of runTraining(lab, plan, options)) {
      await run.take(event);
      if (event.type === 'done') status = event.status;
    }
    return status;
  } finally {
    run.close();
  }
};

/** The result for the page, which hands out only the file that was trained with rounding. */
function slim(result: Extract<TrainEvent, { type: 'record' }>): TrainMessage {
  return result.kind === 'qat' ? result : { ...result, artefact: undefined };
}

/** A training run whose checkpoints are kept in the browser and whose steps are reported in batches. */
class KeptRun {
  private readonly request: TrainParams;
  private readonly report: (message: TrainMessage) => void;
  private readonly steps: TrainStep[];
  private reported: number;
  private reportedAt = 0;
  private kept: PausedRuns | undefined;

  constructor(request: TrainParams, report: (message: TrainMessage) => void) {
    this.request = request;
    this.report = report;
    this.steps = [...(request.resume?.steps ?? [])];
    this.reported = this.steps.length;
  }

  /** @returns the checkpoints to resume from; a new run first deletes those that an earlier one left */
  async open() {
    const { plan, resume } = this.request;
    if (!resume) {
      await this.guarded(async (kept) => kept.delete(plan.model));
      return new Map();
    }
    this.kept = await openPausedRuns();
    const found = await this.kept.checkpoints(plan.model);
    if (found.size > 0) return found;
    throw new LabError('storage', 'The checkpoint of this run is gone.', 'Discard the run and begin again.');
  }

  async take(event: TrainEvent): Promise<void> {
    if (event.type === 'step') return this.step(event);
    this.reportSteps();
    if (event.type === 'checkpoint') return this.save(event);
    if (event.type === 'done' && event.status === 'complete')
      await this.guarded(async (kept) => kept.delete(this.request.plan.model));
    this.report(event.type === 'record' ? slim(event) : event);
  }

  close(): void {
    this.kept?.close();
  }

  private step({ stage, report }: Extract<TrainEvent, { type: 'step' }>): void {
    this.steps.push({ stage, report });
    if (performance.now() - this.reportedAt >= STEPS_EVERY_MS) this.reportSteps();
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
    if (await this.guarded((kept) => kept.save(run, checkpoint)))
      this.report({ type: 'checkpoint', stage, step });
  }

  /** Training goes on where the browser stores nothing; the page is told that the run cannot be resumed. */
  private async guarded(work: (kept: PausedRuns) => Promise<void>): Promise<boolean> {
    try {
      this.kept ??= await openPausedRuns();
      await work(this.kept);
      return true;
    } catch (error) {
      this.report({ type: 'unsaved', ...describeError(error) });
      return false;
    }
  }
}
