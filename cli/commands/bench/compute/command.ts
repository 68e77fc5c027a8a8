import { adapterName } from '../../../../src/lab/lab';
import { compareCompute, type ComputeComparison } from '../../../../src/lab/studies/computeComparison';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { nodeRuntime } from '../../../../src/platform/node/onnxRuntime';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { COMPUTE_HELP, parseCompute, type ComputeRequest } from './options';
import { computeTable } from './report';

/** Runs `npm run bench -- compute`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPUTE_HELP, parse: parseCompute, execute: bench }, args);
}

async function bench({ plans, rounds, adapter, out }: ComputeRequest, signal: AbortSignal): Promise<number> {
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
