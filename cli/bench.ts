import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cancelled, describeError, LabError } from '../src/base/errors';
import { runBenchmark } from '../src/bench/benchmark';
import type { PeerRuntime } from '../src/bench/peer/runtime';
import { adapterLine, benchRecord, markdownTable, targetLines, type BenchRecord } from '../src/bench/report';
import type { BenchResult } from '../src/bench/types';
import { Gpu } from '../src/gpu/gpu';
import { loadModel } from '../src/models/load';
import type { Model } from '../src/models/model';
import { BENCH_HELP, parseBenchArguments, type BenchArguments } from './benchOptions';
import { openDawn } from './dawn';
import { folderFiles } from './folder';
import { nodePeer } from './nodePeer';

const EMBEDDED_FOLDER = 'public/models';
const EMBEDDED = ['stories260K', 'gpt2-tinystories', 'vit-cifar10'];
const RUNTIME = `Node ${process.versions.node}`;
const USAGE_EXIT = 2;
/** As shells count a command ended by SIGINT. */
const STOPPED_EXIT = 130;

/** `npm run bench`: verifies, then times, and prints a Markdown table. Returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    const wanted = parseBenchArguments(args);
    if (!wanted.help) return await bench(wanted, controller.signal);
    process.stdout.write(`${BENCH_HELP}\n`);
    return 0;
  } catch (error) {
    if (error instanceof Cancelled) return STOPPED_EXIT;
    const { message, remedy, code } = describeError(error);
    process.stderr.write(`${message}\n${remedy}\n`);
    return code === 'bad-plan' ? USAGE_EXIT : 1;
  } finally {
    process.off('SIGINT', stop);
  }
}

async function bench(wanted: BenchArguments, signal: AbortSignal): Promise<number> {
  const gpu = await Gpu.open(openDawn(wanted.adapter));
  const peer = wanted.peer ? await peerOrSentence() : undefined;
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const results: BenchResult[] = [];
  const options = {
    kinds: wanted.kinds,
    models: wanted.models.length > 0 ? wanted.models : EMBEDDED,
    secondsPerCase: wanted.secondsPerCase,
    ...(peer && { peer: async () => peer }),
  };
  for await (const { result, done, total } of runBenchmark({ gpu, openModel }, options, signal)) {
    process.stderr.write(`${done}/${total} ${result.name} ${result.shape}\n`);
    results.push(result);
  }
  process.stdout.write(`${markdownTable(results)}\n`);
  for (const line of targetLines(results)) process.stdout.write(`\n${line}\n`);
  if (wanted.out) await writeRecord(wanted.out, benchRecord({ gpu, peer, runtime: RUNTIME, results }));
  return results.every(({ ours }) => ours.verdict.ok) ? 0 : 1;
}

async function writeRecord(path: string, record: BenchRecord): Promise<void> {
  await writeFile(path, `${JSON.stringify(record, null, 2)}\n`).catch((error: unknown) => {
    throw new LabError(
      'bad-input',
      `${path} cannot be written: ${String(error)}`,
      'Choose another --out.',
      error,
    );
  });
}

/** The peer is a development dependency: without it our side is still worth measuring. */
async function peerOrSentence(): Promise<PeerRuntime | undefined> {
  try {
    return await nodePeer();
  } catch (error) {
    const { message, remedy } = describeError(error);
    process.stderr.write(`${message} ${remedy}\n`);
    return undefined;
  }
}

/** An embedded model by name, or a folder. */
function openModel(name: string, signal?: AbortSignal): Promise<Model> {
  const embedded = join(EMBEDDED_FOLDER, name);
  const folder = [embedded, name].find((path) => existsSync(join(path, 'config.json')));
  if (folder) return loadModel(folderFiles(folder), signal);
  throw new LabError(
    'bad-input',
    `There is no model "${name}": neither an embedded one nor a folder with a config.json.`,
    `Choose ${EMBEDDED.join(', ')} or a folder in hub layout.`,
  );
}
