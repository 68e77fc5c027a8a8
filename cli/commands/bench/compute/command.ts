import { availableParallelism } from 'node:os';
import { adapterName } from '../../../../src/lab/lab';
import { compareCompute, type ComputeComparison } from '../../../../src/lab/studies/computeComparison';
import { compareCpuPeers, type CpuPeerComparison } from '../../../../src/lab/studies/cpuPeers';
import { nodeCpuLab, nodeGpuLab } from '../../../../src/platform/node/lab';
import { openLlamaCpp } from '../../../../src/platform/node/llamaCpp';
import { nodeRuntime } from '../../../../src/platform/node/onnxRuntime';
import { runCommand } from '../../../shared/command';
import { earlierBenchmark, writeBenchmark } from '../report';
import { COMPUTE_HELP, parseCompute, type ComputeRequest } from './options';
import { computeTable, cpuPeerTable } from './report';

/** Runs `npm run bench -- compute`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPUTE_HELP, parse: parseCompute, execute: bench }, args);
}

async function bench(request: ComputeRequest, signal: AbortSignal): Promise<number> {
  return request.llama === undefined
    ? benchAdapter(request, signal)
    : benchLlama(request, request.llama, signal);
}

/** Compares perplexity on the CPU with llama.cpp. */
async function benchLlama(
  { plans, rounds, out }: ComputeRequest,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const threads = availableParallelism();
  const runtime = await nodeRuntime(threads);
  const lab = nodeCpuLab(runtime);
  const head = { schema: 'bitcurve.cpu-peers/1', cpu: runtime.name, runtime: lab.runtime };
  const kept = await earlierBenchmark<typeof head & { rows: CpuPeerComparison[] }>(
    out,
    ({ schema, cpu, runtime: by }) => schema === head.schema && cpu === head.cpu && by === head.runtime,
  );
  const rows: CpuPeerComparison[] = [];
  for (const { model: id, protocol, data } of plans) {
    const model = await lab.openModel(id, signal);
    if (model.shape.task !== 'language-model') continue;
    const { context } = protocol;
    const peer = await openLlamaCpp(folder, model, { context, threads });
    try {
      const { text } = await lab.openText(data, signal);
      const windows = protocol.windows ?? Infinity;
      const options = { runtime, peer, text, context, windows, threads, rounds, signal };
      rows.push(await compareCpuPeers(model, options));
    } finally {
      await peer.dispose();
    }
  }
  const all = mergedRows(kept?.rows ?? [], rows);
  process.stdout.write(`${runtime.name} (${lab.runtime})\n\n${cpuPeerTable(all)}`);
  if (out) await writeBenchmark(out, { ...head, rows: all });
  return 0;
}

/** Returns the rows of an earlier run, except those that this one has measured again. */
function mergedRows(
  kept: readonly CpuPeerComparison[],
  rows: readonly CpuPeerComparison[],
): CpuPeerComparison[] {
  const key = ({ model, threads }: CpuPeerComparison) => `${model} ${threads}`;
  const all = new Map([...kept, ...rows].map((row) => [key(row), row]));
  return [...all.values()].sort((a, b) => a.threads - b.threads);
}

async function benchAdapter(
  { plans, rounds, adapter, out }: ComputeRequest,
  signal: AbortSignal,
): Promise<number> {
  const onCpu = { ...(await nodeGpuLab(adapter)), cpu: await nodeRuntime() };
  const sides = { adapter: adapterName(onCpu.gpu), cpu: onCpu.cpu.name, runtime: onCpu.runtime };
  try {
    const say = (text: string) => process.stderr.write(`${text}\n`);
    const rows: ComputeComparison[] = [];
    for (const plan of plans) rows.push(await compareCompute(onCpu, plan, { rounds, signal, say }));
    process.stdout.write(`${sides.adapter} and ${sides.cpu} (${sides.runtime})\n\n${computeTable(rows)}`);
    if (out) await writeBenchmark(out, { schema: 'bitcurve.compute/1', ...sides, rows });
    return 0;
  } finally {
    onCpu.gpu.destroy();
  }
}
