import { expect } from 'vitest';
import { nodeLabOn } from '../../../platform/node/lab';
import { nodeRuntime } from '../../../platform/node/onnxRuntime';
import { CLI_PLAN_NAMES } from '../../../../cli/shared/planNames';
import { testGpu } from '../../../testing/gpu';
import type { Lab } from '../../lab';
import type { Plan } from '../../plan/plan';
import { planFromOptions } from '../../plan/text';
import type { LabRecord } from '../../results/record';
import { runPlan } from '../../run/run';
import { compareSamples } from '../../results/comparison';

export const RTN = 'rtn(bits=4,group=32)';
export const GPTQ = 'gptq(bits=4,group=32,scheme=symmetric)';
export const AWQ = 'awq(bits=4,group=32,scheme=symmetric)';

/** Calibration and encoding are tested; the CPU measures what they made, several times faster. */
const lab: Lab = { ...nodeLabOn(await testGpu()), cpu: await nodeRuntime() };
/** The same lab, in which the adapter computes everything. */
export const ADAPTER_LAB: Lab = { ...lab, cpu: undefined };

interface Outcome {
  records: Map<string, LabRecord>;
  failures: string[];
}

/** Records by codec, and what failed, of a plan that runs on the GPU of the tests. */
export async function run(plan: Plan, on = lab): Promise<Outcome> {
  const records = new Map<string, LabRecord>();
  const failures: string[] = [];
  for await (const event of runPlan(on, plan)) {
    if (event.type === 'record') records.set(event.record.codec.spec, event.record);
    if (event.type === 'failed') failures.push(`${event.message} ${event.remedy}`);
  }
  return { records, failures };
}

/** A plan of these options that measures perplexity without a verdict. */
export function plan(options: Record<string, string | string[]>): Plan {
  return planFromOptions({ verdict: 'off', metrics: 'perplexity', ...options }, CLI_PLAN_NAMES)[0];
}

/** Expects GPTQ, and AWQ where asked for, to lose less than plain rounding with the same grid and bytes. */
export async function expectBetterThanRounding(
  model: string,
  context: number,
  codec: string[],
): Promise<void> {
  const { records, failures } = await run(plan({ model, codec, context: String(context), windows: '36' }));
  expect(failures).toEqual([]);
  const [rtn, gptq, awq] = [RTN, GPTQ, AWQ].map((spec) => records.get(spec));
  const against = (record: LabRecord) => compareSamples(record.samples, rtn!.samples, 1);
  // The same parts; only the names in the header differ.
  expect(Math.abs(gptq!.size.totalBytes - rtn!.size.totalBytes)).toBeLessThan(200);
  expect(against(gptq!)).toMatchObject({ outcome: 'better' });
  if (codec.includes(AWQ)) expect(against(awq!).outcome).not.toBe('worse');
  for (const { outputError } of gptq!.error!.layers) expect(outputError).toBeGreaterThan(0);
  expect(gptq!.codec.calibration).toMatchObject({ dataset: 'tinystories-calibration', windows: 32 });
  expect(gptq!.speed.calibrateMs).toBeGreaterThan(0);
  expect(gptq!.speed.peakGpuBytes).toBeGreaterThan(0);
}
