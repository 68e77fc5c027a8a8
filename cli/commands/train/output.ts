import { join } from 'node:path';
import { recordsToMarkdown } from '../../../src/lab/results/export';
import { stepsCsv, summaryCsv, summaryJson } from '../../../src/lab/train/summary';
import type { TrainResultKind, TrainEvent, TrainResult } from '../../../src/lab/train/events';
import type { TrainStage, TrainPlan } from '../../../src/lab/train/plan';
import type { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import type { OutputFolder } from '../../../src/platform/node/recordStore';
import { writeWhole } from '../../../src/platform/node/writeFile';
import type { StepReport } from '../../../src/train/trainer';
import { checkpointName } from './options';
import { qualityText, stepText } from './report';

/** Shows a run on the terminal and keeps its files up to date. */
export class TrainingOutput {
  /** How the run ended; undefined while it runs, and if it failed. */
  status: Extract<TrainEvent, { type: 'done' }>['status'] | undefined;
  private readonly plan: TrainPlan;
  private readonly folder: OutputFolder;
  private readonly bar: TerminalProgress;
  private readonly measured = new Map<TrainResultKind, TrainResult>();
  private readonly steps: { stage: TrainStage; report: StepReport }[] = [];
  private stage: string | undefined;
  /** Steps of the present stage in this process and their time, from which the remaining time is estimated. */
  private own = { steps: 0, milliseconds: 0 };
  private saved: { stage: TrainStage; step: number } | undefined;
  /** Number of steps in steps.csv. */
  private written = 0;

  constructor(plan: TrainPlan, folder: OutputFolder, bar: TerminalProgress) {
    this.plan = plan;
    this.folder = folder;
    this.bar = bar;
  }

  /** Handles one event of the run. */
  async handle(event: TrainEvent): Promise<void> {
    switch (event.type) {
      case 'started':
        return this.bar.start(this.plan.model);
      case 'progress':
        return this.showProgress(event.step);
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

  /** Prints the results and writes the remaining steps, also after a failure, which they may explain. */
  async end(): Promise<void> {
    this.bar.clear();
    process.stdout.write(recordsToMarkdown([...this.measured.values()].map(({ record }) => record)));
    process.stderr.write(`Written to ${this.folder.path}\n`);
    if (this.status !== 'complete') this.printHowToResume();
    await this.writeSteps();
  }

  private printHowToResume(): void {
    if (this.status === 'stopped') process.stderr.write('Stopped.\n');
    if (!this.saved) return;
    const { stage, step } = this.saved;
    const file = join(this.folder.path, checkpointName(stage));
    process.stderr.write(
      `To resume after step ${step} of ${stage}, add --resume ${file} to the same command.\n`,
    );
  }

  private async writeSteps(): Promise<void> {
    if (this.steps.length === this.written) return;
    await this.folder.write('steps.csv', stepsCsv(this.steps));
    this.written = this.steps.length;
  }

  private showProgress(step: string): void {
    if (step === this.stage) return;
    this.stage = step;
    // In a log, each percentage of a measurement would be a line of its own.
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
    this.bar.update({ fraction: report.step / steps, step: stepText(report), elapsedMs, remainingMs });
  }

  private async checkpoint({
    stage,
    step,
    checkpoint,
  }: Extract<TrainEvent, { type: 'checkpoint' }>): Promise<void> {
    await writeWhole(join(this.folder.path, checkpointName(stage)), checkpoint.bytes);
    this.saved = { stage, step };
    await this.writeSteps();
  }

  private async record(result: TrainResult): Promise<void> {
    const { kind, record, artefact } = result;
    this.measured.set(kind, result);
    this.bar.say(`${kind}: ${qualityText(record)}`);
    const name = kind === 'baseline' ? (this.plan.stages.head ? 'head' : 'fresh') : kind;
    if (artefact && name !== 'ptq') await writeWhole(join(this.folder.path, `${name}.safetensors`), artefact);
    const summary = summaryJson(this.plan, this.measured);
    await this.folder.write('summary.json', `${JSON.stringify(summary, null, 1)}\n`);
    if (this.plan.task === 'image-classification')
      await this.folder.write('summary.csv', summaryCsv(this.measured));
  }
}
