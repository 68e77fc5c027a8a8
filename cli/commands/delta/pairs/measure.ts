import { existsSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { changedWords } from '../../../../src/delta/changed';
import { packPlanes } from '../../../../src/delta/packing';
import { wordBytes } from '../../../../src/delta/pair';
import type { Lab } from '../../../../src/lab/lab';
import { buildPlan } from '../../../../src/lab/plan/build';
import type { LabRecord } from '../../../../src/lab/results/record';
import type { RecordStore } from '../../../../src/lab/results/store';
import { runPlan } from '../../../../src/lab/run/run';
import { parseCodecs } from '../../../../src/codecs/contract/spec';
import { folderFiles } from '../../../../src/platform/node/folder';
import { openModelFolder } from '../../../../src/delta/modelFolder';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import type { TerminalProgress } from '../../../../src/platform/node/terminalProgress';
import { runProcess, type ProcessCost } from '../../../shared/commandProcess';
import { followRun, RunOutcome } from '../../../shared/followRun';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';
import type { ModelPair } from './models';
import type { DeltaPairsRequest } from './options';

/** Bounds of the error of the lossy deltas. */
const MAX_ERRORS = [0.05, 0.5];
/** Codecs that are measured beside the deltas. */
const CODECS = 'delta(rtn(bits=2,group=64))';

/** What storing a fine-tuned model bit for bit took. */
export interface StoredPair {
  pair: ModelPair;
  /** Share of the values that are those of the base, bit for bit. */
  identical: number;
  tunedBytes: number;
  /** Bytes of the exact delta, and of the fine-tuned tensors coded by themselves. */
  bytes: number;
  aloneBytes: number;
  make: ProcessCost;
  apply: ProcessCost;
}

/** Compares the models of a pair, and makes and applies the exact delta in processes of their own. What an earlier run found is read. */
export async function storePair(pair: ModelPair, folder: string, signal: AbortSignal): Promise<StoredPair> {
  const name = `${basename(pair.base)}-to-${basename(pair.tuned)}`;
  const kept = join(folder, `${name}.json`);
  if (existsSync(kept)) return { ...(JSON.parse(await readFile(kept, 'utf8')) as StoredPair), pair };
  const base = await openModelFolder(folderFiles(pair.base), signal);
  const tuned = await openModelFolder(folderFiles(pair.tuned), signal);
  let [values, changed, aloneBytes] = [0, 0, 0];
  for (const [tensor, after] of tuned.tensors) {
    const width = wordBytes(after.dtype);
    const bytes = await after.read();
    values += after.byteLength / width;
    changed += changedWords(await base.tensors.get(tensor)!.read(), bytes, width).length;
    for (const plane of Object.values(packPlanes(bytes, width))) aloneBytes += plane.length;
  }
  const file = deltaOf(pair, folder, 'exact');
  const make = await makeDelta(pair, file, ['--exact'], signal);
  const restored = `${file}.restored`;
  const apply = await runProcess('delta', ['apply', '--base', pair.base, file, '--out', restored], signal);
  await rm(restored, { recursive: true, force: true });
  const { size: bytes } = await stat(file);
  const found = { identical: 1 - changed / values, tunedBytes: tuned.bytes, bytes, aloneBytes, make, apply };
  await writeWhole(kept, JSON.stringify(found));
  return { ...found, pair };
}

function deltaOf({ tuned }: ModelPair, folder: string, how: string): string {
  return join(folder, `${basename(tuned)}.${how}.delta`);
}

function makeDelta(
  { base, tuned }: ModelPair,
  file: string,
  options: readonly string[],
  signal: AbortSignal,
): Promise<ProcessCost> {
  return runProcess('delta', ['make', '--base', base, '--tuned', tuned, ...options, '--out', file], signal);
}

/** Makes the lossy deltas of a pair, and measures them, the exact one and codecs of the difference, with verdicts. */
export async function measurePair(
  lab: Lab,
  pair: ModelPair,
  folder: string,
  { windows, images }: DeltaPairsRequest,
  { signal, store, bar }: { signal: AbortSignal; store: RecordStore; bar: TerminalProgress },
): Promise<LabRecord[]> {
  const files = [deltaOf(pair, folder, 'exact')];
  for (const maxError of MAX_ERRORS) {
    const file = deltaOf(pair, folder, String(maxError));
    if (!existsSync(file)) await makeDelta(pair, file, ['--max-error', String(maxError)], signal);
    files.push(file);
  }
  const { task } = CLI_PLAN_NAMES.model(pair.tuned);
  const amount = task === 'language-model' ? { windows } : { images };
  const fields = { model: pair.tuned, base: pair.base, codec: parseCodecs(CODECS), file: files, ...amount };
  const outcome = new RunOutcome();
  const plan = buildPlan({ ...fields, calibration: 'none', verdict: true }, CLI_PLAN_NAMES);
  await followRun(runPlan(lab, plan, { signal, store }), bar, outcome);
  return outcome.records.filter(({ role }) => role === 'codec');
}
