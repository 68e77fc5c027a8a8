import { afterAll, describe, expect, test } from 'vitest';
import { compareSamples } from '../results/comparison';
import { testGpu } from '../../testing/gpu';
import { ADAPTER_LAB, AWQ, expectBetterThanRounding, GPTQ, plan, RTN, run } from './testing/calibrated';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

test('calibrated codecs beat plain rounding on the same grid', () =>
  expectBetterThanRounding('public/models/stories260K', 128, [RTN, GPTQ, AWQ]));

describe('calibration refuses', () => {
  test('the data that is measured on, whatever its name', async () => {
    const { failures } = await run(
      plan({
        model: 'stories260K',
        codec: GPTQ,
        windows: '4',
        data: 'tinystories',
        calibration: 'public/data/tinystories/valid.txt',
      }),
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/data this plan measures on.*Calibrate on other data/);
  });

  test('another evaluation set', async () => {
    const { failures } = await run(
      plan({ model: 'stories260K', codec: GPTQ, windows: '4', calibration: 'wikitext-2' }),
    );
    expect(failures[0]).toMatch(/WikiText-2, raw test file: it is kept for measuring/);
  });

  test.each([
    ['tinystories-final', 'tinystories'],
    ['tinystories-development', 'tinystories-final'],
    ['wikitext-2-hf', 'wikitext-2'],
    ['tinystories', 'tinystories-final'],
  ])('%s, which shares its text with %s', async (calibration, data) => {
    const { failures } = await run(
      plan({ model: 'stories260K', codec: GPTQ, windows: '4', context: '32', data, calibration }),
    );
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/it is kept for measuring/);
  });

  test('a set with too few windows', async () => {
    const { failures } = await run(
      plan({
        model: 'stories260K',
        codec: GPTQ,
        windows: '4',
        context: '512',
        'calibration-windows': '4000',
      }),
    );
    expect(failures[0]).toMatch(/calibrates on 4000 windows of 512 tokens.*has \d+.*Ask for at most \d+/);
  });

  test('a codec that needs data if there is none, and the other codecs are measured', async () => {
    const { failures, records } = await run(
      plan({ model: 'stories260K', codec: [GPTQ, 'rtn'], windows: '4', calibration: 'none' }),
    );
    expect(failures[0]).toMatch(/needs calibration data, and the plan has calibration=none/);
    expect([...records.keys()]).toEqual(['baseline', 'rtn(bits=4,group=32)']);
  });
});

test('three draws are measured and recorded; the artefact is that of the first', async () => {
  const options = { model: 'stories260K', codec: GPTQ, windows: '4', 'calibration-windows': '4', seed: '7' };
  const { records } = await run(plan({ ...options, draws: '3' }));
  const record = records.get(GPTQ)!;
  const { seeds, values } = record.codec.calibration!;
  expect(seeds).toEqual([7, 8, 9]);
  expect(new Set(values).size).toBe(3);
  expect(values![0]).toBe(record.quality.value);
  const single = (await run(plan(options))).records.get(GPTQ)!;
  expect(single.artefactSha256).toBe(record.artefactSha256);
});

test('statistics of the CPU and of the adapter give codecs with the same losses', async () => {
  const codec = [GPTQ, AWQ];
  const options = { model: 'stories260K', codec, windows: '4', context: '64', 'calibration-windows': '8' };
  const [onCpu, onAdapter] = [await run(plan(options)), await run(plan(options), ADAPTER_LAB)];
  for (const spec of codec) {
    const [cpu, adapter] = [onCpu, onAdapter].map(({ records }) => records.get(spec)!);
    expect([cpu, adapter].map(({ environment }) => environment.compute)).toEqual(['cpu', 'gpu']);
    const { outcome, difference } = compareSamples(cpu.samples, adapter.samples, 1);
    expect(outcome, spec).toBe('unsure');
    expect(Math.abs(difference), spec).toBeLessThan(1e-3);
  }
});

test('images calibrate on training images', async () => {
  const { records, failures } = await run(
    plan({ model: 'vit-cifar10', codec: GPTQ, images: '8', 'calibration-windows': '8' }),
  );
  expect(failures).toEqual([]);
  expect(records.get(GPTQ)!.codec.calibration).toMatchObject({ dataset: 'cifar-10-calibration', windows: 8 });
});
