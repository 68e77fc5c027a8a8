import { tunedChoices, type BenchContext } from '../../../../src/bench/context';
import { modelPeerKinds, runModelPeer, type ModelPeerRow } from '../../../../src/bench/modelPeers';
import { PEER_KINDS, peerProducts, runPeerProduct, type PeerRow } from '../../../../src/bench/peers';
import { adapterLine } from '../../../../src/bench/report';
import { DEFAULT_RUNNER } from '../../../../src/bench/runner';
import type { RunnerOptions } from '../../../../src/bench/types';
import type { GpuLab } from '../../../../src/lab/lab';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { peerOrSentence } from '../../../../src/platform/node/peer';
import { runCommand } from '../../../shared/command';
import { earlierBenchmark, writeBenchmark } from '../report';
import { parsePeers, PEERS_HELP, type PeersRequest } from './options';
import { peersText, type PeerResults } from './report';

const SCHEMA = 'bitcurve.peers/1';
/** Number of tokens of a window, or the model's context if that is shorter. */
const MODEL_TOKENS = 256;

/** Runs `npm run bench -- peers`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: PEERS_HELP, parse: parsePeers, execute: bench }, args);
}

async function bench(request: PeersRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeGpuLab(request.adapter);
  const { gpu, runtime } = lab;
  const peer = await peerOrSentence();
  const kept = await earlierBenchmark<PeerRecord>(
    request.out,
    ({ schema, adapter }) => schema === SCHEMA && adapter?.description === gpu.info.description,
  );
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const context: BenchContext = {
    ...{ gpu, peer, timer: 'wall-clock', ...tunedChoices(gpu, signal) },
    ...{ tokens: MODEL_TOKENS, images: 1, peerForwardFlops: Infinity },
  };
  const softwareAdapter = gpu.info.software;
  const runner = { ...DEFAULT_RUNNER, secondsPerCase: request.seconds, softwareAdapter };
  const rows = await products(context, request, runner, signal);
  const models = await wholeModels(context, lab, request.models, runner, signal);
  const all = {
    rows: mergedProducts(kept?.rows ?? [], rows),
    models: mergedModels(kept?.models ?? [], models),
  };
  process.stdout.write(peersText(all));
  if (request.out)
    await writeBenchmark(request.out, {
      ...{ schema: SCHEMA, runtime, adapter: gpu.info },
      ...{ threads: process.env.LP_NUM_THREADS ?? 'all', peer: peer && { name: peer.name } },
      ...all,
    });
  return [...rows, ...models].every(({ verified }) => verified) ? 0 : 1;
}

async function products(
  context: BenchContext,
  request: PeersRequest,
  runner: RunnerOptions,
  signal: AbortSignal,
): Promise<PeerRow[]> {
  const rows: PeerRow[] = [];
  for (const product of peerProducts(context.gpu.info, request)) {
    rows.push(...(await runPeerProduct(context, product, runner, signal)));
    process.stderr.write(`${product.kind} ${product.shape.join('×')}\n`);
  }
  return rows;
}

async function wholeModels(
  context: BenchContext,
  lab: GpuLab,
  ids: readonly string[],
  runner: RunnerOptions,
  signal: AbortSignal,
): Promise<ModelPeerRow[]> {
  const rows: ModelPeerRow[] = [];
  for (const id of ids) {
    const model = await lab.openModel(id, signal);
    for (const kind of modelPeerKinds(model)) {
      rows.push(await runModelPeer(context, kind, model, { runner, signal }));
      process.stderr.write(`${kind} ${model.id}\n`);
    }
  }
  return rows;
}

/** What the benchmark stores beside its results. */
interface PeerRecord extends PeerResults {
  schema: string;
  adapter: { description: string };
}

/** Returns rows in the order of kinds, numbers of rows and sizes; of two equal products the later one. */
function mergedProducts(kept: readonly PeerRow[], rows: readonly PeerRow[]): PeerRow[] {
  const key = ({ kind, ours, shape }: PeerRow) => [kind, ours, ...shape].join();
  const all = new Map([...kept, ...rows].map((row) => [key(row), row]));
  const order = ({ kind, shape: [m, k, n] }: PeerRow) => [PEER_KINDS.indexOf(kind), m, k * n, k];
  return [...all.values()].sort((a, b) => compared(order(a), order(b)));
}

/** Returns the rows of models, of two equal ones the later. */
function mergedModels(kept: readonly ModelPeerRow[], rows: readonly ModelPeerRow[]): ModelPeerRow[] {
  const all = new Map([...kept, ...rows].map((row) => [`${row.kind} ${row.model} ${row.shape}`, row]));
  return [...all.values()];
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
}
