import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfStream } from '../../../../src/base/checksum';
import { invariant, throwIfAborted } from '../../../../src/base/errors';
import { DATA_EXAMPLES, LARGE_EXAMPLE, type DataExample } from '../../../../src/data/delta/examples';
import { fileChunks } from '../../../../src/formats/byteSource';
import {
  openDataFile,
  openDeltaFile,
  storedSize,
  writeDelta,
  writeRestored,
} from '../../../../src/platform/node/dataFiles';
import { openLocal } from '../../../../src/platform/node/localFile';
import { publicFolder } from '../../../../src/platform/node/paths';
import { peakMemoryBytes } from '../../../../src/platform/node/peakMemory';
import { makeFolder, writeWhole } from '../../../../src/platform/node/writeFile';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { DATA_DELTA_EXAMPLES_HELP, parseDataDeltaExamples, type DataDeltaExamplesRequest } from './options';
import { examplesTable, type MeasuredExample } from './report';

/** Characters of a piece of text that is written at once. */
const PIECE = 1 << 20;
/** Rows of the sample from which the number of rows of a large base follows. */
const SAMPLE_ROWS = 1000;

/** Runs `npm run data-delta -- examples`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(
    { help: DATA_DELTA_EXAMPLES_HELP, parse: parseDataDeltaExamples, execute: measureAll },
    args,
  );
}

async function measureAll(request: DataDeltaExamplesRequest, signal: AbortSignal): Promise<number> {
  const stories = await readStories();
  const folder = request.out ?? (await mkdtemp(join(tmpdir(), 'bitcurve-data-delta-')));
  try {
    await makeFolder(folder);
    const measured: MeasuredExample[] = [];
    for (const example of DATA_EXAMPLES)
      measured.push(await measure(example, stories, request.rows, folder, signal));
    if (request.largeBytes > 0) {
      const rows = rowsFor(LARGE_EXAMPLE, stories, request.largeBytes);
      measured.push(await measure(LARGE_EXAMPLE, stories, rows, folder, signal));
    }
    process.stdout.write(examplesTable(measured));
    return 0;
  } finally {
    if (request.out === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the stories of the embedded training text. */
async function readStories(): Promise<string[]> {
  const text = await readFile(publicFolder('data/tinystories/train.txt'), 'utf8');
  return text.split('\n\n').filter((story) => story.trim() !== '');
}

function rowsFor(example: DataExample, stories: readonly string[], bytes: number): number {
  let sample = 0;
  for (const row of example.base(stories, SAMPLE_ROWS)) sample += Buffer.byteLength(JSON.stringify(row)) + 1;
  return Math.ceil((bytes * SAMPLE_ROWS) / sample);
}

async function measure(
  example: DataExample,
  stories: readonly string[],
  rows: number,
  folder: string,
  signal: AbortSignal,
): Promise<MeasuredExample> {
  const at = (suffix: string) => join(folder, `${example.name.replaceAll(' ', '-')}-${suffix}`);
  const [base, derived, delta, restored] = ['base.jsonl', 'derived.jsonl', 'delta', 'restored.jsonl'].map(at);
  await writeWhole(base, jsonLines(example.base(stories, rows), signal));
  await writeWhole(derived, jsonLines(example.derived(stories, rows), signal));
  const files = [await openDataFile(base), await openDataFile(derived)] as const;
  const started = performance.now();
  const made = await followWork(`${example.name}: making`, (onProgress) =>
    writeDelta(delta, ...files, { key: 'id', signal, onProgress }),
  );
  const makeMs = performance.now() - started;
  const opened = await openDeltaFile(delta);
  const startedApply = performance.now();
  await followWork(`${example.name}: applying`, (onProgress) =>
    writeRestored(restored, files[0], opened, { signal, onProgress }),
  );
  const applyMs = performance.now() - startedApply;
  const sha256 = await sha256OfStream(fileChunks(await openLocal(restored)));
  invariant(sha256 === (await files[1].sha256()), `${restored} differs from ${derived}`);
  await rm(restored);
  const sizes = { derived: await storedSize(derived, signal), delta: await storedSize(delta, signal) };
  const bytes = (await stat(base)).size + sizes.derived.bytes;
  return { example, made, sizes, bytes, makeMs, applyMs, peakBytes: peakMemoryBytes() };
}

async function* jsonLines(rows: Iterable<object>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let text = '';
  for (const row of rows) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length < PIECE) continue;
    throwIfAborted(signal);
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}
