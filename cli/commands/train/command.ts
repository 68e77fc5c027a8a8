import { join } from 'node:path';
import { recordsToMarkdown } from '../../../src/lab/results/export';
import { duration, fixed, significant } from '../../../src/base/format';
import { runTraining } from '../../../src/lab/train/run';
import { stepsCsv, summaryCsv, summaryJson } from '../../../src/lab/train/summary';
import type { TrainResultKind, TrainEvent, TrainResult } from '../../../src/lab/train/events';
import type { TrainStage, TrainPlan } from '../../../src/lab/train/plan';
import type { LabRecord } from '../../../src/lab/results/record';
import type { StepReport } from '../../../src/train/trainer';
import { runCommand } from '../../shared/command';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { nodeLab } from '../../../src/platform/node/lab';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { ProgressBar } from '../../../src/platform/node/progressBar';
import { checkpointName, parseTrain, TRAIN_HELP, type TrainRequest } from './options';

/** `npm run train`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: TRAIN_HELP, parse: parseTrain, execute: train }, args);
}

async function train(request: TrainRequest, signal: AbortSignal): Promise<number> {
  const folder = await OutputFolder.open(request.out);
  const lab = await nodeLab(request.adapter);
  const run = new TrainingOutput(request.plan, folder, new ProgressBar(process.stderr));
  const { resume, checkpointEvery } = request;
  const options = { signal, resume, store: folder, ...(checkpointEvery && { checkpointEvery }) };
  try {
    for await (const event of runTraining(lab, request.plan, options)) await run.take(event);
  } finally {
    await run.end().finally(() => lab.gpu.destroy());
  }
  return run.status === 'stopped' ? 130 : 0;
}

/** Follows a run: shows it on the terminal and keeps its files up to date. */
class TrainingOutput {
  /** How it ended; unset while it runs, and when it failed. */
  status: Extract<TrainEvent, { type: 'done' }>['status'] | undefined;
  private readonly plan: TrainPlan;
  private readonly folder: OutputFolder;
  private readonly bar: ProgressBar;
  private readonly measured = new Map<TrainResultKind, TrainResult>();
  private readonly steps: { stage: TrainStage; report: StepReport }[] = [];
  private stage: string | undefined;
  /** Of the stage's steps here, for the time left. */
  private own = { steps: 0, milliseconds: 0 };
  private saved: { stage: TrainStage; step: number } | undefined;
  /** Steps that steps.csv has. */
  private kept = 0;

  constructor(plan: TrainPlan, folder: OutputFolder, bar: ProgressBar) {
    this.plan = plan;
    this.folder = folder;
    this.bar = bar;
  }

  async take(event: TrainEvent): Promise<void> {
    switch (event.type) {
      case 'started':
        return this.bar.start(this.plan.model);
      case 'progress':
        return this.title(event.step);
      case 'step':
        return this.step(event);
      case 'checkpoint':
        return this.checkpoint(event);
      case 'record':
        return this.record(event);
      case 'done':
        this.status = event.status;
    }
  }

  /** However it ended: steps that led to a failure are the ones looked for. */
  async end(): Promise<void> {
    this.bar.clear();
    process.stdout.write(recordsToMarkdown([...this.measured.values()].map(({ record }) => record)));
    process.stderr.write(`Written to ${this.folder.path}\n`);
    if (this.status !== 'complete') this.sayHowToGoOn();
    await this.keepSteps();
  }

  private sayHowToGoOn(): void {
    if (this.status === 'stopped') process.stderr.write('Stopped.\n');
    if (!this.saved) return;
    const { stage, step } = this.saved;
    const file = join(this.folder.path, checkpointName(stage));
    process.stderr.write(`The same command with --resume ${file} goes on after step ${step} of ${stage}.\n`);
  }

  private async keepSteps(): Promise<void> {
    if (this.steps.length === this.kept) return;
    await this.folder.write('steps.csv', stepsCsv(this.steps));
    this.kept = this.steps.length;
  }

  private title(step: string): void {
    if (step === this.stage) return;
    this.stage = step;
    // Percentages inside a measurement would be a line each in a log.
    if (!/\d %/.test(step)) this.bar.say(step);
  }

  private step({ stage, report, steps }: Extract<TrainEvent, { type: 'step' }>): void {
    if (this.stage !== stage) {
      this.stage = stage;
      this.own = { steps: 0, milliseconds: 0 };
      this.bar.start(stage);
    }
    this.steps.push({ stage, report });
    this.own.steps++;
    const elapsedMs = (this.own.milliseconds += report.milliseconds);
    const remainingMs = (elapsedMs / this.own.steps) * (steps - report.step);
    this.bar.update({ fraction: report.step / steps, step: described(report), elapsedMs, remainingMs });
  }

  private async checkpoint({
    stage,
    step,
    checkpoint,
  }: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    await writeWhole(join(this.folder.path, checkpointName(stage)), checkpoint.bytes);
    this.saved = { stage, step };
    await this.keepSteps();
  }

  private async record(result: TrainResult): Promise<void> {
    const { kind, record, artefact } = result;
    this.measured.set(kind, result);
    this.bar.say(`${kind}: ${qualityText(record)}`);
    if (artefact && kind === 'qat') await writeWhole(join(this.folder.path, 'qat.safetensors'), artefact);
    const summary = summaryJson(this.plan, this.measured);
    await this.folder.write('summary.json', `${JSON.stringify(summary, null, 1)}\n`);
    if (this.plan.task === 'image-classification')
      await this.folder.write('summary.csv', summaryCsv(this.measured));
  }
}

function described({ step, loss, nll, gradientNorm, milliseconds }: StepReport): string {
  const distilled = loss === nll ? '' : ` (nll ${fixed(nll, 3)})`;
  return `step ${step}, loss ${fixed(loss, 3)}${distilled}, gradient ${significant(gradientNorm)}, ${duration(milliseconds)}`;
}

function qualityText({ quality }: LabRecord): string {
  return quality.task === 'perplexity'
    ? `perplexity ${fixed(quality.value, 3)}`
    : `accuracy ${fixed(100 * quality.value, 2)} %, loss ${fixed(quality.loss ?? NaN, 3)}`;
}
