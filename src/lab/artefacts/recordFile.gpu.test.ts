import { FILE_TYPES } from '../../models/gguf/fileTypes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { CLI_PLAN_NAMES } from '../../../cli/shared/planNames';
import { Artefact } from '../../artefact/read';
import { restoredModel } from '../../artefact/restored';
import { sha256Hex } from '../../base/checksum';
import { parseCodecs } from '../../codecs/contract/spec';
import type { Gpu } from '../../gpu/gpu';
import { importGguf } from '../../models/gguf/import';
import { testGpu } from '../../testing/gpu';
import type { Lab } from '../lab';
import { buildPlan } from '../plan/build';
import type { LabRecord } from '../results/record';
import { recordFile } from './recordFile';
import { recordFormats } from './recordFormats';
import { runPlan } from '../run/run';

const TERNARY = 'ternary(rule=optimal,group=128)';

let gpu: Gpu;
let lab: Lab;
const records = new Map<string, LabRecord>();
beforeAll(async () => {
  gpu = await testGpu();
  lab = nodeLabOn(gpu);
  const fields = {
    model: 'stories260K',
    windows: 2,
    context: 32,
    verdict: false,
    calibration: 'none',
    seed: 5,
  };
  const plan = buildPlan(
    { ...fields, codec: parseCodecs(`rtn(bits=4,group=32);${TERNARY}`) },
    CLI_PLAN_NAMES,
  );
  for await (const event of runPlan(lab, plan))
    if (event.type === 'record') records.set(event.record.codec.spec, event.record);
});
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const modelName = 'stories260K';
const recordOf = (spec: string) => records.get(spec)!;

describe('a record’s file', () => {
  test('the artefact is identical to the one that was measured', async () => {
    const record = recordOf('rtn(bits=4,group=32)');
    const { name, content, sha256 } = await recordFile(lab, record, 'artefact', { modelName });
    const bytes = content as Uint8Array;
    expect(name).toBe('stories260K-rtn-bits=4-group=32.safetensors');
    expect(await sha256Hex(bytes)).toBe(record.artefactSha256);
    expect([sha256, bytes.length]).toEqual([record.artefactSha256, record.size.totalBytes]);
  });

  test('a GGUF file holds what the artefact restores to', async () => {
    const record = recordOf(TERNARY);
    const artefact = await recordFile(lab, record, 'artefact', { modelName });
    const { name, content, note } = await recordFile(lab, record, 'gguf-F32', { modelName });
    expect([name, note]).toEqual(['stories260K-ternary-rule=optimal-group=128-F32.gguf', undefined]);
    const restored = restoredModel(lab.processor, await Artefact.open(artefact.content as Uint8Array));
    const file = await importGguf(content as Uint8Array, name);
    for (const spec of restored.shape.tensors)
      expect(await file.tensor(spec), spec.name).toEqual(await restored.tensor(spec));
  });

  test('a baseline is the model itself, and the matrices kept as F16 are named', async () => {
    const { name, note } = await recordFile(lab, recordOf('baseline'), 'gguf-Q8_0', { modelName });
    expect(name).toBe('stories260K-baseline-Q8_0.gguf');
    // The feed-forward rows of 172 weights, one matrix in each of five blocks, are not a multiple of 32.
    expect(note).toMatch(/^5 matrices kept as F16.*ffn_down\.weight \(rows of 172\).* and others\.$/);
  });

  test('another seed, another model and a format the record does not have are refused', async () => {
    const record = recordOf(TERNARY);
    const other = { ...record, artefactSha256: 'ab'.repeat(32) };
    await expect(recordFile(lab, other, 'artefact', { modelName })).rejects.toThrow(
      /The artefact made again differs from the measured one/,
    );
    const foreign = recordFile(lab, record, 'artefact', { modelName: 'gpt2-tinystories' });
    await expect(foreign).rejects.toThrow(/not those that were measured/);
    const unfit = recordFile(lab, recordOf('rtn(bits=4,group=32)'), 'gptq', { modelName });
    await expect(unfit).rejects.toThrow(/172 outputs/);
  });
});

test('formats depend on role and architecture, and trained weights have none', () => {
  const ids = (record: LabRecord) => recordFormats(record).map(({ id }) => id);
  const gguf = FILE_TYPES.map(({ name }) => `gguf-${name}`);
  const record = recordOf(TERNARY);
  expect(ids(record)).toEqual(['artefact', 'safetensors', ...gguf]);
  const ofIntegers = ['artefact', 'safetensors', 'gptq', 'awq', 'compressed-tensors', 'mlx', 'onnx'];
  expect(ids(recordOf('rtn(bits=4,group=32)'))).toEqual([...ofIntegers, ...gguf]);
  expect(ids(recordOf('baseline'))).toEqual(gguf);
  expect(ids({ ...record, model: { ...record.model, architecture: 'vit' } })).toEqual([
    'artefact',
    'safetensors',
  ]);
  expect(ids({ ...record, training: {} as LabRecord['training'] })).toEqual([]);
});
