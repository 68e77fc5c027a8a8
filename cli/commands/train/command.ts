import { runTraining } from '../../../src/lab/train/run';
import { openMeasuringLab } from '../../shared/measuringLab';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { parseTrain, TRAIN_HELP, type TrainRequest } from './options';
import { TrainingOutput } from './output';

/** Runs `npm run train`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: TRAIN_HELP, parse: parseTrain, execute: train }, args);
}

async function train(request: TrainRequest, signal: AbortSignal): Promise<number> {
  const folder = await OutputFolder.open(request.out);
  const lab = await openMeasuringLab(request);
  const run = new TrainingOutput(request.plan, folder, new TerminalProgress(process.stderr));
  const { resume, checkpointEvery } = request;
  const options = { signal, resume, store: folder, ...(checkpointEvery && { checkpointEvery }) };
  try {
    for await (const event of runTraining(lab, request.plan, options)) await run.handle(event);
  } finally {
    await run.end().finally(() => lab.gpu?.destroy());
  }
  return run.status === 'stopped' ? 130 : 0;
}
