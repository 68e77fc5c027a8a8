import { followWork } from '../../../shared/followWork';
import { runCommand } from '../../../shared/command';
import { openDataFile, storedSize } from '../../../../src/platform/node/dataFiles';
import { peakMemoryLine } from '../../../../src/platform/node/peakMemory';
import { makeDelta } from '../makeDelta';
import { DATA_DELTA_MAKE_HELP, parseDataDeltaMake, type DataDeltaMakeRequest } from './options';
import { madeText } from './report';

/** Runs `npm run data-delta -- make`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DATA_DELTA_MAKE_HELP, parse: parseDataDeltaMake, execute: make }, args);
}

async function make(request: DataDeltaMakeRequest, signal: AbortSignal): Promise<number> {
  const [base, derived] = [await openDataFile(request.base), await openDataFile(request.derived)];
  const started = performance.now();
  const made = await followWork(`delta of ${derived.name}`, (onProgress, say) =>
    makeDelta(request.out, base, derived, { key: request.key, signal, onProgress, say }),
  );
  const seconds = (performance.now() - started) / 1000;
  const sizes = {
    derived: await storedSize(request.derived, signal),
    delta: await storedSize(request.out, signal),
  };
  process.stdout.write(madeText(request.out, made, sizes, (base.size + derived.size) / seconds));
  process.stdout.write(`${peakMemoryLine()}\n`);
  return 0;
}
