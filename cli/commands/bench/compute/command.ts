import { summarize } from '../../../../src/evaluate/statistics/summary';
import { adapterName, type Lab } from '../../../../src/lab/lab';
import type { Plan } from '../../../../src/lab/plan/plan';
import type { LabRecord } from '../../../../src/lab/results/record';
import { runPlan } from '../../../../src/lab/run/run';
import { nodeLab } from '../../../../src/platform/node/lab';
import { throwIfAborted } from '../../../../src/base/errors';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { COMPUTE_HELP, parseCompute, type ComputeRequest } from './options';
import { computeTable, type ComputeRow } from './report';

/** Runs `npm run bench -- compute`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPUTE_HELP, parse: parseCompute, execute: bench }, args);
}

async function bench({ plans, rounds, adapter, out }: ComputeRequest, signal: AbortSignal): Promise<number> {
  const onCpu = await nodeLab(adapter, 'cpu');
  const sides = { adapter: adapterName(onCpu.gpu), cpu: onCpu.cpu!.name, runtime: onCpu.runtime };
  try {
    const rows: ComputeRow[] = [];
    for (const plan of plans) rows.push(await compare(onCpu, plan, rounds, signal));
    process.stdout.write(`${sides.adapter} and ${sides.cpu} (${sides.runtime})\n\n${computeTable(rows)}`);
    if (out) await writeBenchmark(out, { schema: 'bitcurve.compute/1', ...sides, rows });
    return 0;
  } finally {
    onCpu.gpu.destroy();
  }
}

/** One run of a plan. */
interface TimedRun {
  seconds: number;
  records: LabRecord[];
}

async function compare(onCpu: Lab, plan: Plan, rounds: number, signal: AbortSignal): Promise<ComputeRow> {
  const onGpu = { ...onCpu, cpu: undefined };
  const [gpu, cpu]: TimedRun[][] = [[], []];
  // The first round compiles shaders and reads files.
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(`${plan.model}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}\n`);
    gpu.push(await timedRun(onGpu, plan, signal));
    cpu.push(await timedRun(onCpu, plan, signal));
  }
  const timed = { gpu: gpu.slice(1), cpu: cpu.slice(1) };
  return {
    model: plan.model,
    codecs: plan.codecs.length,
    gpuSeconds: summarize(timed.gpu.map(({ seconds }) => seconds)),
    cpuSeconds: summarize(timed.cpu.map(({ seconds }) => seconds)),
    speedup: summarize(timed.gpu.map(({ seconds }, i) => seconds / timed.cpu[i].seconds)),
    forwardSpeedup: summarize(timed.gpu.map((run, i) => forwardRate(timed.cpu[i]) / forwardRate(run))),
    lossDifference: lossDifference(gpu[0].records, cpu[0].records),
  };
}

async function timedRun(lab: Lab, plan: Plan, signal: AbortSignal): Promise<TimedRun> {
  const started = performance.now();
  const records: LabRecord[] = [];
  for await (const event of runPlan(lab, plan, { signal })) {
    if (event.type === 'record') records.push(event.record);
    if (event.type === 'failed') process.stderr.write(`${event.codec}: ${event.message} ${event.remedy}\n`);
  }
  throwIfAborted(signal);
  return { seconds: (performance.now() - started) / 1000, records };
}

/** Tokens or images per second through the forward pass of the baseline, head excluded. */
function forwardRate({ records }: TimedRun): number {
  const { prefillTokensPerSecond, imagesPerSecond } = records.find(({ role }) => role === 'baseline')!.speed;
  return (prefillTokensPerSecond ?? imagesPerSecond)!.median;
}

/** The largest difference between the mean losses of one codec on both sides, in nats. */
function lossDifference(gpu: readonly LabRecord[], cpu: readonly LabRecord[]): number {
  const other = new Map(cpu.map((record) => [record.codec.spec, meanLoss(record)]));
  const differences = gpu.flatMap((record) => {
    const loss = other.get(record.codec.spec);
    return loss === undefined ? [] : [Math.abs(meanLoss(record) - loss)];
  });
  return Math.max(...differences);
}

function meanLoss({ quality }: LabRecord): number {
  return quality.loss ?? Math.log(quality.value);
}
