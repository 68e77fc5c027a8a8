import { small } from './support/plans';
import { expect, test } from './support/test';

/** Two float32 runtimes that add in different orders, in nats per token. */
const MAX_NLL = 1e-5;
const PLAN = small('rtn(bits=4,group=32)', 'model=stories260K');

test('a software adapter leaves models to the CPU, the adapter can be chosen, and both agree', async ({
  lab,
}) => {
  const compute = lab.device.getByRole('combobox', { name: 'Measure' });
  await lab.open(PLAN);
  await expect(compute).toHaveValue('auto');
  const onCpu = await lab.runPlan();
  await compute.selectOption('gpu');
  const onGpu = (await lab.runPlan()).filter(({ environment }) => environment.compute === 'gpu');
  expect(onCpu).toHaveLength(2);
  for (const record of onCpu) {
    expect(record.environment).toMatchObject({ compute: 'cpu' });
    expect(record.environment.cpuRuntime).toMatch(/^onnxruntime-web .*WebAssembly/);
    expect(record.validity).toContain('cpu');
    const other = onGpu.find(({ codec }) => codec.spec === record.codec.spec)!;
    expect(other.environment).toMatchObject({ compute: 'gpu' });
    expect(other.artefactSha256).toBe(record.artefactSha256);
    expect(Math.abs(Math.log(other.quality.value / record.quality.value))).toBeLessThan(MAX_NLL);
  }
});
