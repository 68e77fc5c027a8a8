import { describeError, LabError } from '../../src/base/errors';
import type { Lab } from '../../src/lab/lab';
import type { RecordStore } from '../../src/lab/results/store';
import { openPausedRuns, type PausedRuns, type TrainStep } from '../../src/platform/browser/pausedTraining';
import { runTraining } from '../../src/lab/train/run';
import type { TrainEvent } from '../../src/lab/train/events';
import type { TrainMessage, TrainRequest } from '../protocol';

/** Steps are told this often at most: small models take hundreds in a second. */
const STEPS_EVERY_MS = 100;

/** What a training run in the page needs besides its request. */
export interface TrainingSurroundings {
  lab: Lab;
  store: RecordStore;
  signal: AbortSignal;
  tell: (message: TrainMessage) => void;
}

/**
 * Trains for the page. Checkpoints go to the browser's storage the moment they are there, so that a reload, a closed tab or a
 * lost device costs the steps since the last one; a run that came to its end leaves none behind.
 * @throws LabError what the run throws, and storage when there is nothing to resume from
 */
export async function pageTraining(request: TrainRequest, around: TrainingSurroundings): Promise<void> {
  const run = new KeptRun(request, around);
  const { lab, store, signal } = around;
  const { plan, checkpointEvery } = request;
  try {
    const resume = await run.open();
    for await (const event of runTraining(lab, plan, { signal, store, resume, checkpointEvery }))
      await run.take(event);
  } finally {
    run.close();
  }
}

/** Of the files only the one people take away goes to the page. */
function slim(result: Extract<TrainEvent, { type: 'record' }>): TrainMessage {
  return result.kind === 'qat' ? result : { ...result, artefact: undefined };
}

class KeptRun {
  private readonly request: TrainRequest;
  private readonly tell: TrainingSurroundings['tell'];
  private readonly steps: TrainStep[];
  private told: number;
  private toldAt = 0;
  private kept: PausedRuns | undefined;

  constructor(request: TrainRequest, { tell }: TrainingSurroundings) {
    this.request = request;
    this.tell = tell;
    this.steps = [...(request.resume?.steps ?? [])];
    this.told = this.steps.length;
  }

  /** @returns the checkpoints to go on from; a new run begins without what an earlier one left */
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
    this.tellSteps();
    if (event.type === 'checkpoint') return this.save(event);
    if (event.type === 'done' && event.status === 'complete')
      await this.guarded(async (kept) => kept.delete(this.request.plan.model));
    this.tell(event.type === 'record' ? slim(event) : event);
  }

  close(): void {
    this.kept?.close();
  }

  private step({ stage, report }: Extract<TrainEvent, { type: 'step' }>): void {
    this.steps.push({ stage, report });
    if (performance.now() - this.toldAt >= STEPS_EVERY_MS) this.tellSteps();
  }

  private tellSteps(): void {
    if (this.told === this.steps.length) return;
    this.tell({ type: 'steps', steps: this.steps.slice(this.told) });
    this.told = this.steps.length;
    this.toldAt = performance.now();
  }

  private async save(event: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    const { stage, step, checkpoint } = event;
    const { plan, fields } = this.request;
    const savedAt = new Date().toISOString();
    const run = { model: plan.model, fields, stage, step, steps: [...this.steps], savedAt };
    if (await this.guarded((kept) => kept.save(run, checkpoint)))
      this.tell({ type: 'checkpoint', stage, step });
  }

  /** Training goes on where the browser keeps nothing; the page is told that it cannot be resumed. */
  private async guarded(work: (kept: PausedRuns) => Promise<void>): Promise<boolean> {
    try {
      this.kept ??= await openPausedRuns();
      await work(this.kept);
      return true;
    } catch (error) {
      this.tell({ type: 'unsaved', ...describeError(error) });
      return false;
    }
  }
}
