import { afterAll, expect, test } from 'vitest';
import { memorySink } from '../../artefact/sink';
import { gramBytes } from '../../calibrate/calibration';
import { parseCodec } from '../../codecs/contract/spec';
import { goldenLab, goldenModel } from '../../testing/golden/lab';
import { testGpu } from '../../testing/gpu';
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
