import { Cancelled } from '../../../../src/base/errors';
import { finishedParts, writeModelDelta } from '../../../../src/platform/node/modelDelta';
import { peakMemoryLine } from '../../../../src/platform/node/peakMemory';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { DELTA_MAKE_HELP, parseDeltaMake, type DeltaMakeRequest } from './options';
import { modelDeltaText } from './report';

/** Runs `npm run delta -- make`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DELTA_MAKE_HELP, parse: parseDeltaMake, execute: make }, args);
}

async function make({ out, folders, choice }: DeltaMakeRequest, signal: AbortSignal): Promise<number> {
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
