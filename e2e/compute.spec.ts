import type { LabRecord } from '../src/lab/results/record';
import { small } from './support/plans';
import { expect, note, test } from './support/test';

/** Two float32 runtimes that add in different orders, in nats per token. */
const MAX_NLL = 1e-5;
const PLAN = small('rtn(bits=4,group=32)', 'model=stories260K');
/** Whether a whole plan is timed on either engine, for docs/compute.md. */
const TIMED = Boolean(process.env.BITCURVE_ALL_PLANS);
const MAX_PLAN_MS = 900_000;
const TIMED_PLAN = 'model=gpt2-tinystories&preset=quick';

test('a software adapter leaves models to the CPU, the adapter can be chosen, and both agree', async ({
  lab,
}) => {
  const compute = lab.device.getByRole('combobox', { name: 'Measure' });
  test.setTimeout(TIMED ? 1_800_000 : test.info().timeout);
  await lab.open(TIMED ? TIMED_PLAN : PLAN);
  await expect(compute).toHaveValue('auto');
  const started = Date.now();
  const onCpu = await lab.runPlan(MAX_PLAN_MS);
  const between = Date.now();
  await compute.selectOption('gpu');
  const onGpu = (await lab.runPlan(MAX_PLAN_MS)).filter(({ environment }) => environment.compute === 'gpu');
  note('time of the plan, adapter ÷ CPU', ((Date.now() - between) / (between - started)).toFixed(2));
  if (!TIMED) expect(onCpu).toHaveLength(2);
  for (const record of onCpu) {
    expect(record.environment).toMatchObject({ compute: 'cpu' });
    expect(record.environment.cpuRuntime).toMatch(/^onnxruntime-web .*WebAssembly/);
    expect(record.validity).toContain('cpu');
    const other = onGpu.find(({ codec }) => codec.spec === record.codec.spec)!;
    expect(other.environment).toMatchObject({ compute: 'gpu' });
    expect(other.artefactSha256).toBe(record.artefactSha256);
    expect(Math.abs(Math.log(other.quality.value / record.quality.value))).toBeLessThan(MAX_NLL);
  }
  const rate = (records: readonly LabRecord[]) => records[0].speed.prefillTokensPerSecond!.median;
  note('tokens per second of the evaluation, CPU ÷ adapter', (rate(onCpu) / rate(onGpu)).toFixed(1));
});
