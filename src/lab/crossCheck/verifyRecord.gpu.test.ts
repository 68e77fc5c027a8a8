import { afterAll, describe, expect, test, vi } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { LabError } from '../../base/errors';
import { parseCodecs } from '../../codecs/contract/spec';
import { parseRecord, type LabRecord } from '../results/record';
import { runPlan } from '../run/run';
import { adapterName } from '../lab';
import type { Plan } from '../plan/plan';
import { alteredGpu } from '../../testing/alteredGpu';
import { testGpu } from '../../testing/gpu';
import { crossCheck } from './crossCheck';
import { hubReader } from './hubReader';
import { modelSubject } from './subject';
import { verifyRecord, withCrossCheck } from './verifyRecord';
import { crossCheckInput } from './input';

const lab = nodeLabOn(await testGpu());
afterAll(() => expect(lab.gpu.buffers.liveCount).toBe(0));
const tools = { reader: await hubReader(), runtime: await nodeRuntime() };

const PLAN: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rans(hadamard(rtn(bits=3)));gptq(bits=4);smoothquant'),
  data: 'tinystories',
  protocol: { kind: 'windows', context: 32, stride: 32, windows: 2 },
  images: 4,
  scope: 'all',
  rest: 'float16',
  metrics: 'perplexity',
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
  verdict: false,
  seed: 7,
};

async function measured(over: Partial<Plan> = {}): Promise<LabRecord[]> {
  const records: LabRecord[] = [];
  for await (const event of runPlan(lab, { ...PLAN, ...over })) {
    if (event.type === 'record') records.push(event.record);
    if (event.type === 'failed') throw new Error(`${event.codec}: ${event.message}`);
  }
  return records;
}

/** Measured once for all tests. */
const stories = await measured();
const baseline = stories.find(({ role }) => role === 'baseline')!;
const calibrated = stories.find(({ codec }) => codec.id === 'gptq')!;

const verify = (record: LabRecord) => verifyRecord(lab, record, record.model.id, { tools });

describe('records of a run, checked by @huggingface/hub and ONNX Runtime', () => {
  test('plain, wrapped and calibrated codecs and the baseline agree, and the records name the programs', async () => {
    expect(stories.map(({ codec }) => codec.id)).toEqual(['float32', 'rans', 'gptq', 'smoothquant']);
    for (const record of stories) {
      const { verification, validity, ...rest } = await verify(record);
      expect(rest).toEqual({ ...record, verification: undefined, validity: undefined });
      expect(verification).toMatchObject({
        ...record.verification,
        loadedElsewhere: { name: '@huggingface/hub', agrees: true },
        inferenceAgrees: { name: expect.stringMatching(/^onnxruntime-node \d.*CPU/), agrees: true },
      });
      expect(verification.inferenceAgrees!.value).toBeLessThan(1e-4);
      expect(verification.inferenceAgrees!.value).toBeGreaterThan(0);
      expect(validity).toEqual(record.validity);
    }
  });

  test('images', async () => {
    const vit = { model: 'vit-cifar10', data: 'cifar-10', codecs: parseCodecs('nf4'), calibration: null };
    const [, record] = await measured(vit);
    const { inferenceAgrees, loadedElsewhere } = (await verify(record)).verification;
    expect([inferenceAgrees?.agrees, loadedElsewhere?.agrees]).toEqual([true, true]);
  });
});

describe('records of the CPU, checked by a runtime that did not measure them', () => {
  const onCpu = { ...lab, cpu: tools.runtime };
  const cpuRecords = async (): Promise<LabRecord[]> => {
    const records: LabRecord[] = [];
    const plan = { ...PLAN, codecs: parseCodecs('gptq(bits=4)') };
    for await (const event of runPlan(onCpu, plan)) if (event.type === 'record') records.push(event.record);
    return records;
  };

  test('our kernels on an adapter that passes its self-check', async () => {
    for (const record of await cpuRecords()) {
      const { inferenceAgrees } = (await verify(record)).verification;
      expect(inferenceAgrees).toMatchObject({ name: `Bitcurve on ${adapterName(lab.gpu)}`, agrees: true });
      expect(inferenceAgrees!.value).toBeGreaterThan(0);
    }
  });

  test('the float64 reference beside an adapter that computes wrongly', async () => {
    const gpu = await alteredGpu({ shader: 'runtime/rotary', from: 'a * c - b * s', to: 'a * c + b * s' });
    const wrong = nodeLabOn(gpu);
    try {
      const record = (await cpuRecords()).find(({ role }) => role === 'baseline')!;
      const { verification } = await verifyRecord(wrong, record, record.model.id, { tools });
      expect(verification.inferenceAgrees).toMatchObject({
        name: 'Bitcurve’s float64 reference',
        agrees: true,
      });
      expect(verification.inferenceAgrees!.value).toBeGreaterThan(0);
    } finally {
      gpu.destroy();
    }
  });
});

describe('weights that were not measured', () => {
  test('with one altered weight both disagree, and the record says so', async () => {
    const model = await lab.openModel('stories260K');
    const window = await crossCheckInput(lab, model, undefined);
    const subject = await modelSubject(lab.processor, model);
    try {
      const altered = await crossCheck(lab, subject, window, tools, {
        deliver: (file) => doubled(file),
      });
      expect(altered.loadedElsewhere).toMatchObject({
        agrees: false,
        difference: expect.stringMatching(/^value/),
      });
      expect(altered.inferenceAgrees!.value).toBeGreaterThan(0.01);
      const marked = withCrossCheck(baseline, altered);
      expect(marked.validity).toContain('differs-elsewhere');
      expect(parseRecord(marked)).toEqual(marked);
      const again = withCrossCheck(marked, await crossCheck(lab, subject, window, tools));
      expect(again.validity).toEqual(baseline.validity);
    } finally {
      subject.weights.dispose();
    }
  });

  test.each([
    [
      'another artefact',
      { artefactSha256: 'f'.repeat(64) },
      /^The artefact made again differs from the measured one/,
    ],
    [
      'another draw of calibration windows',
      { seed: 8 },
      /^The artefact made again differs from the measured one/,
    ],
    [
      'another model',
      { model: { ...calibrated.model, sha256: 'f'.repeat(64) } },
      /not those that were measured/,
    ],
    ['trained weights', { training: { kind: 'qat' } }, /^These weights were trained/],
  ])('%s: a sentence, and nothing is marked', async (_, change, sentence) => {
    const error = await verify({ ...calibrated, ...(change as Partial<LabRecord>) }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(sentence);
  });
});

test('a model over 2 GiB is refused before its weights are read', async () => {
  const model = await lab.openModel('stories260K');
  const tensor = vi.fn(model.tensor);
  const large = { ...model, tensor, shape: { ...model.shape, parameters: 2 ** 29 } };
  const verifying = verifyRecord({ ...lab, openModel: async () => large }, calibrated, 'large', { tools });
  await expect(verifying).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('more than the 2 GiB'),
  });
  expect(tensor).not.toHaveBeenCalled();
});

/** The last float of the file times two: the scale of the last norm, which every logit passes through. */
function doubled(file: Uint8Array): Uint8Array {
  const altered = file.slice();
  const view = new DataView(altered.buffer);
  const at = altered.length - 4;
  view.setFloat32(at, 2 * view.getFloat32(at, true), true);
  return altered;
}
