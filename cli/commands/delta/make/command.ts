import { Cancelled } from '../../../../src/base/errors';
import { finishedParts, writeModelDelta } from '../../../../src/platform/node/modelDelta';
import { peakMemoryLine } from '../../../../src/platform/node/peakMemory';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { openMeasuringLab } from '../../../shared/measuringLab';
import { searchFolder, writeWithinLimit } from './limit';
import { DELTA_MAKE_HELP, parseDeltaMake, type DeltaMakeRequest, type LossLimit } from './options';
import { modelDeltaText, trialsText } from './report';

/** Runs `npm run delta -- make`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DELTA_MAKE_HELP, parse: parseDeltaMake, execute: make }, args);
}

async function make(request: DeltaMakeRequest, signal: AbortSignal): Promise<number> {
  const { out, folders, choice, limit } = request;
  if (limit) return makeWithin(request, limit, signal);
  const started = performance.now();
  try {
    const written = await followWork('delta', (onProgress) =>
      writeModelDelta(out, folders, choice, { signal, onProgress }),
    );
    process.stdout.write(modelDeltaText(out, written, performance.now() - started));
    process.stdout.write(`${peakMemoryLine()}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Cancelled)
      process.stderr.write(
        `Stopped with ${await finishedParts(out)} tensors in ${out}.parts. The same command continues.\n`,
      );
    throw error;
  }
}

async function makeWithin(request: DeltaMakeRequest, limit: LossLimit, signal: AbortSignal): Promise<number> {
  const lab = await openMeasuringLab(limit);
  try {
    const { written, trials } = await followWork('delta', (onProgress) =>
      writeWithinLimit(lab, request, limit, { signal, onProgress }),
    );
    process.stdout.write(trialsText(trials, limit.maxIncrease));
    process.stdout.write(modelDeltaText(request.out, written));
    process.stdout.write(`${peakMemoryLine()}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Cancelled)
      process.stderr.write(
        `Stopped; what was measured is in ${searchFolder(request.out)}. The same command continues.\n`,
      );
    throw error;
  } finally {
    lab.gpu?.destroy();
  }
}
