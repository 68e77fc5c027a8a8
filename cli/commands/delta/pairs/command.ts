import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputFolder } from '../../../../src/platform/node/recordStore';
import { TerminalProgress } from '../../../../src/platform/node/terminalProgress';
import { runCommand } from '../../../shared/command';
import { openMeasuringLab } from '../../../shared/measuringLab';
import { measurePair, storePair, type StoredPair } from './measure';
import { makePairs } from './models';
import { DELTA_PAIRS_HELP, parseDeltaPairs, type DeltaPairsRequest } from './options';
import { pairsText, type MeasuredDelta } from './report';

/** Runs `npm run delta -- pairs`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: DELTA_PAIRS_HELP, parse: parseDeltaPairs, execute: measurePairs }, args);
}

async function measurePairs(request: DeltaPairsRequest, signal: AbortSignal): Promise<number> {
  const folder = request.out ?? (await mkdtemp(join(tmpdir(), 'bitcurve-delta-pairs-')));
  const store = await OutputFolder.open(folder);
  const lab = await openMeasuringLab(request);
  const bar = new TerminalProgress(process.stderr);
  const say = (step: string) => bar.say(step);
  bar.start('pairs');
  const stored: StoredPair[] = [];
  const measured: MeasuredDelta[] = [];
  const write = async (): Promise<string> => {
    const text = pairsText(stored, measured);
    if (request.out !== undefined) await store.write('deltas.md', text);
    return text;
  };
  try {
    const pairs = await makePairs({ lab, folder, steps: request.steps, signal, say });
    for (const pair of pairs) {
      say(`${pair.name}, ${pair.type}: exact delta`);
      stored.push(await storePair(pair, folder, signal));
      await write();
    }
    for (const pair of pairs.filter(({ isMeasured }) => isMeasured)) {
      const name = `${pair.name}, ${pair.type}`;
      say(`${name}: measuring`);
      const records = await measurePair(lab, pair, folder, request, { signal, store, bar });
      measured.push(...records.map((record) => ({ pair: name, record })));
      await write();
    }
    process.stdout.write(await write());
    return 0;
  } finally {
    bar.clear();
    lab.gpu?.destroy();
    if (request.out === undefined) await rm(folder, { recursive: true, force: true });
  }
}
