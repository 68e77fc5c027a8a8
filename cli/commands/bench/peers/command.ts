import { readFile } from 'node:fs/promises';
import { LabError } from '../../../../src/base/errors';
import type { BenchContext } from '../../../../src/bench/context';
import { PEER_KINDS, peerProducts, runPeerProduct, type PeerRow } from '../../../../src/bench/peers';
import { adapterLine } from '../../../../src/bench/report';
import { DEFAULT_RUNNER } from '../../../../src/bench/runner';
import { nodeLab } from '../../../../src/platform/node/lab';
import { peerOrSentence } from '../../../../src/platform/node/peer';
import { DenseTuner } from '../../../../src/runtime/linear/autotune';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { parsePeers, PEERS_HELP, type PeersRequest } from './options';
import { peerTable, peerTargetTable } from './report';

const SCHEMA = 'bitcurve.peers/1';

/** Runs `npm run bench -- peers`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: PEERS_HELP, parse: parsePeers, execute: bench }, args);
}

async function bench(request: PeersRequest, signal: AbortSignal): Promise<number> {
  const { gpu, runtime } = await nodeLab(request.adapter);
  const peer = await peerOrSentence();
  const kept = await earlierRows(request.out, gpu.info.description);
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const { software } = gpu.info;
  const choose = new DenseTuner(gpu, new Map(), signal).choose;
  const context: BenchContext = {
    ...{ gpu, peer, timer: 'wall-clock', choose },
    ...{ tokens: 0, images: 0, peerForwardFlops: 0 },
  };
  const runner = { ...DEFAULT_RUNNER, secondsPerCase: request.seconds, softwareAdapter: software };
  const rows: PeerRow[] = [];
  for (const product of peerProducts(gpu.info, request)) {
    rows.push(...(await runPeerProduct(context, product, runner, signal)));
    process.stderr.write(`${product.kind} ${product.shape.join('×')}\n`);
  }
  const all = merged(kept, rows);
  process.stdout.write(`${peerTargetTable(all)}\n${peerTable(all)}`);
  if (request.out)
    await writeBenchmark(request.out, {
      ...{ schema: SCHEMA, runtime, adapter: gpu.info },
      peer: peer && { name: peer.name, adapter: peer.adapter },
      rows: all,
    });
  return rows.every(({ verified }) => verified) ? 0 : 1;
}

/**
 * Returns the rows of an earlier run; none if there is no such file.
 * @throws LabError bad-file for a file of another kind or adapter
 */
async function earlierRows(path: string | undefined, adapter: string): Promise<PeerRow[]> {
  const text = path && (await readFile(path, 'utf8').catch(() => undefined));
  if (!text) return [];
  const earlier = parsed(text) as { schema?: string; adapter?: { description?: string }; rows: PeerRow[] };
  if (earlier.schema === SCHEMA && earlier.adapter?.description === adapter) return earlier.rows;
  throw new LabError(
    'bad-file',
    `${path} does not hold results of this benchmark on this adapter.`,
    'Give --out another file.',
  );
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return {};
  }
}

/** Returns rows in the order of kinds, numbers of rows and sizes; of two equal products the later one. */
function merged(kept: readonly PeerRow[], rows: readonly PeerRow[]): PeerRow[] {
  const key = ({ kind, ours, shape }: PeerRow) => [kind, ours, ...shape].join();
  const all = new Map([...kept, ...rows].map((row) => [key(row), row]));
  const order = ({ kind, shape: [m, k, n] }: PeerRow) => [PEER_KINDS.indexOf(kind), m, k * n, k];
  return [...all.values()].sort((a, b) => compared(order(a), order(b)));
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
}
