import { grouped } from '../../../../src/base/format';
import { applyModelDelta } from '../../../../src/platform/node/modelDelta';
import { peakMemoryLine } from '../../../../src/platform/node/peakMemory';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { DELTA_APPLY_HELP, parseDeltaApply, type DeltaApplyRequest } from './options';

/** Runs `npm run delta -- apply`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DELTA_APPLY_HELP, parse: parseDeltaApply, execute: apply }, args);
}

async function apply({ base, file, out }: DeltaApplyRequest, signal: AbortSignal): Promise<number> {
  const { tensors, tuned, exact } = await followWork('restoring', (onProgress) =>
    applyModelDelta(out, base, file, { signal, onProgress }),
  );
  const how = exact ? 'bit for bit' : 'within the limits of the delta';
  process.stdout.write(
    `${out}: ${grouped(Object.keys(tensors).length)} tensors of ${tuned.id}, ${how}\n${peakMemoryLine()}\n`,
  );
  return 0;
}
