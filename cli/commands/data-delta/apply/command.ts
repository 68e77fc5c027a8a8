import { bytes, grouped } from '../../../../src/base/format';
import { openDataFile, openDeltaFile, writeRestored } from '../../../../src/platform/node/dataFiles';
import { peakMemoryLine } from '../../../../src/platform/node/peakMemory';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { DATA_DELTA_APPLY_HELP, parseDataDeltaApply, type DataDeltaApplyRequest } from './options';

/** Runs `npm run data-delta -- apply`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DATA_DELTA_APPLY_HELP, parse: parseDataDeltaApply, execute: apply }, args);
}

async function apply(request: DataDeltaApplyRequest, signal: AbortSignal): Promise<number> {
  const delta = await openDeltaFile(request.delta);
  const base = await openDataFile(request.base);
  const { derived } = delta.header;
  const started = performance.now();
  await followWork(`restoring ${derived.rows} rows`, (onProgress) =>
    writeRestored(request.out, base, delta, { signal, onProgress }),
  );
  const perSecond = ((base.size + derived.bytes) * 1000) / (performance.now() - started);
  process.stdout.write(
    `${request.out}: ${grouped(derived.rows)} rows, SHA-256 ${derived.sha256} as in the original\n` +
      `${bytes(perSecond)} per second of both files together\n${peakMemoryLine()}\n`,
  );
  return 0;
}
