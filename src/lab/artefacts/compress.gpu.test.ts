import { afterAll, expect, test } from 'vitest';
import { Artefact } from '../../artefact/read';
import { memorySink } from '../../artefact/sink';
import { decodedWeights } from '../../artefact/weights';
import { gramBytes } from '../../calibrate/calibration';
import { parseCodec } from '../../codecs/contract/spec';
import { goldenLab, goldenModel } from '../../testing/golden/lab';
import { testGpu } from '../../testing/gpu';
import { openCalibrationData } from '../calibration/data';
import { compressModel } from './compress';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

test('an assigner that has less memory than the model with its statistics needs writes the same file', async () => {
  const lab = goldenLab(gpu);
  const model = goldenModel('gpt2');
  const recipe = {
    spec: parseCodec('allocate(bits=9,family=rtn)'),
    scope: 'all',
    rest: 'float16',
  } as const;
  const calibration = { data: 'golden calibration', windows: 4, draws: 1 };
  const options = { seed: 1, calibration, context: 16 };
  const whole = await compressModel(lab, model, recipe, options, memorySink());
  const memory = 4 * model.shape.parameters + gramBytes(model.shape) - 1;
  const load = () => Promise.reject(new Error('the whole model does not fit'));
  const limited = { ...lab, processor: { ...lab.processor, load } };
  const parts = await compressModel(limited, model, recipe, { ...options, memory }, memorySink());
  expect(Buffer.compare(parts.file, whole.file)).toBe(0);
  await expect(compressModel(limited, model, recipe, options, memorySink())).rejects.toThrow('does not fit');
});

test('a file within a limit on its loss says what its bytes lose on windows that calibrated nothing', async () => {
  const lab = goldenLab(gpu);
  const model = goldenModel('gpt2');
  const recipe = { spec: parseCodec('allocate(bits=32,increase=2)'), scope: 'all', rest: 'float16' } as const;
  const calibration = { data: 'golden calibration', windows: 4, draws: 1 };
  const { file, trial } = await compressModel(
    lab,
    model,
    recipe,
    { seed: 1, calibration, context: 16 },
    memorySink(),
  );
  expect(trial!.lossCi95[1]).toBeLessThanOrEqual(2);
  const data = await openCalibrationData({ lab, model, calibration, context: 16, seed: 1 });
  const baseline = await lab.processor.load(model);
  const evaluator = data!.evaluator(1, baseline, 'validation');
  const restored = await decodedWeights(lab.processor, await Artefact.open(file));
  const { quality } = await evaluator.measure(restored, { label: 'the file' });
  for (const owned of [evaluator, restored, baseline]) owned.dispose();
  expect(trial).toMatchObject({
    loss: quality.deltaPercent,
    lossCi95: quality.deltaPercentCi95,
    unit: 'windows',
  });
  expect(trial!.bytes).toBeLessThan(file.byteLength);
});
