import { throwIfAborted } from '../../base/errors';
import { summarize, type Summary } from '../../evaluate/statistics/summary';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { LabRecord } from '../results/record';
import { runPlan } from '../run/run';

/** One plan, run on the adapter and on the CPU. */
export interface ComputeComparison {
  model: string;
  /** Codecs of the plan, without baseline and opponents. */
  codecs: number;
  gpuSeconds: Summary;
  cpuSeconds: Summary;
  /** Seconds on the adapter ÷ seconds on the CPU, round by round. */
  speedup: Summary;
  /** The same of the baseline's forward pass alone. */
  forwardSpeedup: Summary;
  /** Time that was estimated before the run ÷ the time that it took from there, round by round. */
  gpuEstimate: Summary;
  cpuEstimate: Summary;
  /** Largest difference between mean losses, in nats per token or image. */
  lossDifference: number;
}

/** One run of a plan. */
interface TimedRun {
  seconds: number;
  /** Estimated time ÷ the time from the estimate to the end. */
  estimate: number;
  records: LabRecord[];
}

/**
 * Runs a plan on the adapter and on the CPU by turns, once each without timing and then `rounds` times.
 * @param onCpu a lab that measures on the CPU
 * @param say told what runs
 * @throws LabError of a run; Cancelled
 */
export async function compareCompute(
  onCpu: Lab,
  plan: Plan,
  { rounds, signal, say }: { rounds: number; signal: AbortSignal; say: (text: string) => void },
): Promise<ComputeComparison> {
  const onGpu = { ...onCpu, cpu: undefined };
  const [gpu, cpu]: TimedRun[][] = [[], []];
  // The first round compiles shaders and reads files.
  for (let round = 0; round <= rounds; round++) {
    say(`${plan.model}: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
    gpu.push(await timedRun(onGpu, plan, signal, say));
    cpu.push(await timedRun(onCpu, plan, signal, say));
  }
  const timed = { gpu: gpu.slice(1), cpu: cpu.slice(1) };
  return {
    model: plan.model,
    codecs: plan.codecs.length,
    gpuSeconds: summarize(timed.gpu.map(({ seconds }) => seconds)),
    cpuSeconds: summarize(timed.cpu.map(({ seconds }) => seconds)),
    speedup: summarize(timed.gpu.map(({ seconds }, i) => seconds / timed.cpu[i].seconds)),
    forwardSpeedup: summarize(timed.gpu.map((run, i) => forwardRate(timed.cpu[i]) / forwardRate(run))),
    gpuEstimate: summarize(timed.gpu.map(({ estimate }) => estimate)),
    cpuEstimate: summarize(timed.cpu.map(({ estimate }) => estimate)),
    lossDifference: lossDifference(gpu[0].records, cpu[0].records),
  };
}

async function timedRun(
  lab: Lab,
  plan: Plan,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<TimedRun> {
  const started = performance.now();
  const records: LabRecord[] = [];
  let [estimateMs, estimatedAt] = [0, started];
  for await (const event of runPlan(lab, plan, { signal })) {
    if (event.type === 'started') [estimateMs, estimatedAt] = [event.estimateMs, performance.now()];
    if (event.type === 'record') records.push(event.record);
    if (event.type === 'failed') say(`${event.codec}: ${event.message} ${event.remedy}`);
  }
  throwIfAborted(signal);
  const ended = performance.now();
  return { seconds: (ended - started) / 1000, estimate: estimateMs / (ended - estimatedAt), records };
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
