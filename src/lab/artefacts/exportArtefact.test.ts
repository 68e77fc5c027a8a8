import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { Artefact } from '../../artefact/read';
import { restoredModel } from '../../artefact/restored';
import { memorySink } from '../../artefact/sink';
import { concatenate } from '../../base/concatenate';
import { parseCodec } from '../../codecs/contract/spec';
import { parseSafetensors } from '../../formats/safetensors/read';
import type { CheckpointFolder, Exportable } from '../../models/load/export';
import type { FileSource } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { folderFiles } from '../../platform/node/folder';
import { referenceLogits } from '../../runtime/reference/logits';
import { fixture } from '../../testing/fixtures';
import { processorFor, type Lab } from '../lab';
import { compressModel } from './compress';
import { exportArtefactOnnx, exportFolder, exportModelOnnx, reencoded } from './exportArtefact';
import { EXPORT_FORMATS, mayHold, type ExportFormat, type FolderFormat } from './exportFormats';

/** Codecs without calibration need nothing else of a lab. */
const lab = { processor: processorFor(undefined) } as Lab;

interface Recipe {
  scope?: 'linear' | 'all';
  rest?: 'float16' | 'float32' | 'bfloat16';
}

const openFixture = (name: string): Promise<Model> => loadModel(folderFiles(fixture(`arch/${name}`)));

async function compressed(name: string, codec: string, recipe: Recipe = {}): Promise<Artefact> {
  const how = { spec: parseCodec(codec), scope: 'linear', rest: 'float16', ...recipe } as const;
  const options = { seed: 1, calibration: null, context: 16 };
  return Artefact.open((await compressModel(lab, await openFixture(name), how, options, memorySink())).file);
}

/** Collects a folder as a source of files. */
async function filesOf({ files, weights }: CheckpointFolder): Promise<FileSource & { weights: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of weights()) chunks.push(chunk);
  const whole = concatenate(Uint8Array, chunks);
  const all = new Map([...files, ['model.safetensors', whole]]);
  return {
    ...{ id: 'exported', source: 'memory', revision: '-', weights: whole },
    has: async (name) => all.has(name),
    read: async (name) => all.get(name)!,
  };
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(new Uint8Array(b.slice().buffer));
}

/** Expects that the reader of the format restores what the artefact decodes to, bit for bit. */
async function expectSameWeights(artefact: Artefact, format: FolderFormat): Promise<Model> {
  const model = await loadModel(await filesOf(await exportFolder(lab, artefact, format)));
  const restored = restoredModel(lab.processor, artefact);
  for (const spec of model.shape.tensors)
    expect([spec.name, sameBits(await model.tensor(spec), await restored.tensor(spec))]).toEqual([
      spec.name,
      true,
    ]);
  return model;
}

const GRID = 'rtn(bits=4,group=32)';
const ASYMMETRIC = 'rtn(bits=4,group=32,scheme=asymmetric)';

describe('a folder holds what the artefact decodes to', () => {
  test.each<[FolderFormat, string, string, string]>([
    ['gptq', 'gpt2', GRID, 'GPTQ, 4 bits, group 32'],
    ['gptq', 'gpt-neox', ASYMMETRIC, 'GPTQ, 4 bits, group 32'],
    ['gptq', 'phi3', 'rtn(bits=3,group=64)', 'GPTQ, 3 bits, group 64'],
    ['gptq', 'opt', 'rtn(bits=8,group=row,scheme=asymmetric)', 'GPTQ, 8 bits, one group for each output'],
    ['awq', 'qwen3', ASYMMETRIC, 'AWQ, 4 bits, group 32'],
    ['awq', 'gpt-neox', GRID, 'AWQ, 4 bits, group 32'],
    ['mlx', 'phi3', 'rtn(bits=6,group=64)', 'MLX, 6 bits, group 64'],
    ['compressed-tensors', 'phi3', 'rtn(bits=4,group=64)', 'compressed-tensors, W4A16, group 64, symmetric'],
    ['mlx', 'gpt-neox', ASYMMETRIC, 'MLX, 4 bits, group 32'],
    ['compressed-tensors', 'qwen3', ASYMMETRIC, 'compressed-tensors, W4A16, group 32, asymmetric'],
    [
      'compressed-tensors',
      'llama-gqa',
      'rtn(bits=8,group=row)',
      'compressed-tensors, W8A16, a scale for each output, symmetric',
    ],
    ['compressed-tensors', 'gpt-neox', GRID, 'compressed-tensors, W4A16, group 32, symmetric'],
    [
      'compressed-tensors',
      'llama-gqa',
      'fp8(scale=block)',
      'compressed-tensors, W8A16, blocks of 128 × 128, FP8 (e4m3)',
    ],
    [
      'compressed-tensors',
      'gpt-neox',
      'fp8(scale=row)',
      'compressed-tensors, W8A16, a scale for each output, FP8 (e4m3)',
    ],
    ['compressed-tensors', 'phi3', 'fp8(scale=tensor)', 'compressed-tensors, W8A16, one scale, FP8 (e4m3)'],
    ['bitsandbytes', 'gpt2', 'nf4(block=64)', 'bitsandbytes, nf4, blocks of 64'],
    ['bitsandbytes', 'opt', 'fp4(block=128)', 'bitsandbytes, fp4, blocks of 128'],
    [
      'bitsandbytes',
      'qwen3',
      'nf4(block=64,double=true)',
      'bitsandbytes, nf4, blocks of 64, quantised twice',
    ],
  ])('%s of %s, %s', async (format, name, codec, scheme) => {
    const model = await expectSameWeights(await compressed(name, codec), format);
    expect(model.quantised).toBe(scheme);
  });

  test.each(['gpt2', 'qwen3'])(
    'int8 of %s as bitsandbytes restores it, to the rounding of float32',
    async (name) => {
      const artefact = await compressed(name, 'llm-int8(threshold=0)');
      const folder = await exportFolder(lab, artefact, 'bitsandbytes');
      expect(folder.note).toMatch(/at most 2⁻²² of each/);
      // transformers refuses an integer here.
      const config = new TextDecoder().decode(folder.files.get('config.json'));
      expect(config).toContain('"llm_int8_threshold": 0.0');
      const model = await loadModel(await filesOf(folder));
      expect(model.quantised).toBe('bitsandbytes, int8');
      const restored = restoredModel(lab.processor, artefact);
      for (const spec of model.shape.tensors) {
        const expected = await restored.tensor(spec);
        (await model.tensor(spec)).forEach((value, i) =>
          expect(Math.abs(value - expected[i]), spec.name).toBeLessThanOrEqual(
            2 ** -22 * Math.abs(expected[i]),
          ),
        );
      }
    },
  );

  test('float32, of any codec and orientation', async () => {
    await expectSameWeights(await compressed('gpt2', 'nf4(block=64)', { scope: 'all' }), 'safetensors');
  });

  test('MLX, with the tables of tokens quantised as well', async () => {
    await expectSameWeights(await compressed('qwen3', GRID, { scope: 'all' }), 'mlx');
  });

  test('8-bit floats with bfloat16 beside them, which their scales are, too', async () => {
    await expectSameWeights(await compressed('qwen3', 'fp8', { rest: 'bfloat16' }), 'compressed-tensors');
  });

  test('with float32 beside the codes, where compressed-tensors and MLX store the scales in float32, too', async () => {
    for (const [format, suffix] of [
      ['compressed-tensors', 'weight_scale'],
      ['mlx', 'scales'],
    ] as const) {
      const artefact = await compressed('qwen3', GRID, { rest: 'float32' });
      await expectSameWeights(artefact, format);
      const { weights } = await filesOf(await exportFolder(lab, artefact, format));
      const scale = parseSafetensors(weights).tensors.get(`model.layers.0.mlp.down_proj.${suffix}`);
      expect(scale?.dtype).toBe('F32');
    }
  });
});

describe('what a format cannot hold is refused by name', () => {
  test.each<[FolderFormat, string, string, Recipe, RegExp]>([
    [
      'gptq',
      'llama-gqa',
      GRID,
      {},
      /GPTQ cannot store "model\.layers\.0\.mlp\.gate_proj\.weight": it has 172 outputs/,
    ],
    ['gptq', 'gpt2', 'rtn(bits=5,group=32)', {}, /it has 5 bits, and the format has 2, 3, 4, 8/],
    ['gptq', 'gpt2', GRID, { scope: 'all' }, /"transformer\.wte\.weight": it is no linear layer/],
    ['awq', 'gpt2', GRID, {}, /it is a Conv1D/],
    ['awq', 'qwen3', 'rtn(bits=8,group=32)', {}, /it has 8 bits, and the format has 4/],
    ['mlx', 'opt', GRID, {}, /The tools of MLX have no model of the type "opt"/],
    ['mlx', 'qwen3', 'rtn(bits=4,group=16)', {}, /it has groups of 16, and the format has 32, 64, 128/],
    ['compressed-tensors', 'gpt2', GRID, {}, /it is a Conv1D/],
    ['compressed-tensors', 'qwen3', 'nf4(block=64)', {}, /it is stored as levels of a table/],
    ['compressed-tensors', 'qwen3', 'hqq', {}, /hqq\(.*\) stores neither integers/],
    ['bitsandbytes', 'qwen3', GRID, {}, /it has 4 bits, and the format has 8/],
    ['bitsandbytes', 'qwen3', 'rtn(bits=8,group=row)', {}, /its inputs are not rounded/],
    ['bitsandbytes', 'qwen3', 'fp8', {}, /it is stored as 8-bit floats/],
    ['bitsandbytes', 'qwen3', 'nf4(block=32)', {}, /it has blocks of 32, and the library has 64/],
    ['gptq', 'gpt2', 'fp8', {}, /it is stored as 8-bit floats/],
    ['compressed-tensors', 'qwen3', 'fp8(format=e5m2)', {}, /it is stored as e5m2, and the format has e4m3/],
    ['compressed-tensors', 'qwen3', GRID, { rest: 'bfloat16' }, /keeps its other tensors as bfloat16/],
  ])('%s of %s, %s', async (format, name, codec, recipe, message) => {
    const artefact = await compressed(name, codec, recipe);
    await expect(exportFolder(lab, artefact, format)).rejects.toThrow(message);
    await expect(exportFolder(lab, artefact, format)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('and stored after its weights were rounded again', async () => {
    const artefact = await compressed('qwen3', 'nf4(block=64)');
    const again = await reencoded(lab, artefact, parseCodec(GRID), { seed: 1 });
    await expectSameWeights(again, 'compressed-tensors');
  });
});

/** The largest difference of two lists of numbers. */
function largestDifference(a: Float32Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0);
}

async function logitsOf(bytes: Uint8Array, ids: readonly number[]): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const input = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
  const { logits } = await session.run({ input_ids: input });
  return logits.data as Float32Array;
}

/** The logits of the float64 reference. */
async function ownLogits({ shape, tensor }: Exportable, ids: readonly number[]): Promise<Float64Array> {
  const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
  const values = (name: string) => tensor(specs.get(name)!);
  return referenceLogits(shape, values, { values: ids, sequences: 1, length: ids.length });
}

const IDS = [3, 14, 159, 26, 5, 35, 89, 79, 32, 38, 46];

describe('ONNX Runtime computes the logits of the decoded weights', () => {
  // MatMulNBits with 8 bits adds in another order; logits are of the order of 1.
  test.each([
    ['gpt2', ASYMMETRIC, 1e-4],
    ['gpt-neox', GRID, 1e-4],
    ['gpt-neo', 'rtn(bits=4,group=16)', 1e-4],
    ['llama-gqa', 'rtn(bits=4,group=row,scheme=asymmetric)', 1e-4],
    ['qwen3', 'rtn(bits=2,group=64,scheme=asymmetric)', 1e-4],
    ['phi3', 'rtn(bits=8,group=32)', 1e-3],
  ])('%s, %s', async (name, codec, tolerance) => {
    const artefact = await compressed(name, codec, { rest: 'float32' });
    const { bytes, quantised, maxTime } = await exportArtefactOnnx(lab, artefact);
    expect(quantised).toBeGreaterThan(0);
    expect(maxTime).toBeGreaterThanOrEqual(IDS.length);
    const decoded = restoredModel(lab.processor, artefact);
    for (const ids of [IDS, IDS.slice(0, 1), IDS.slice(2, 7)]) {
      const expected = await ownLogits(decoded, ids);
      expect(largestDifference(await logitsOf(bytes, ids), expected)).toBeLessThan(tolerance);
    }
  });

  test('a float model keeps its weights', async () => {
    const model = await openFixture('opt');
    const { bytes } = await exportModelOnnx(model);
    expect(largestDifference(await logitsOf(bytes, IDS), await ownLogits(model, IDS))).toBeLessThan(1e-4);
  });

  test.each([
    ['rtn(bits=5,group=32)', /it has 5 bits, and the operator has 2, 4, 8/],
    ['rtn(bits=4,group=8)', /it has groups of 8/],
    ['nf4(block=64)', /it is stored as levels of a table/],
  ])('%s is refused', async (codec, message) => {
    await expect(exportArtefactOnnx(lab, await compressed('qwen3', codec))).rejects.toThrow(message);
  });
});

describe('the formats that are offered for a codec', () => {
  const codecs = [
    GRID,
    'rtn(bits=8,group=row)',
    'rtn(bits=3,group=64)',
    'rtn(bits=4,group=16)',
    'nf4(block=64)',
    'llm-int8(threshold=0)',
  ];
  const others = ['nf4(block=32)', 'fp8', 'fp8(format=e5m2)', 'hqq'];
  const models = ['gpt2', 'qwen3'];
  const cases = models.flatMap((model) => [...codecs, ...others].map((codec) => [model, codec] as const));

  test.each(cases)('of %s by %s are those in which it can be written', async (name, codec) => {
    const artefact = await compressed(name, codec);
    const { architecture } = artefact.shape;
    const isWritten = async (format: ExportFormat): Promise<boolean> => {
      try {
        if (format.id === 'onnx') await exportArtefactOnnx(lab, artefact);
        else await exportFolder(lab, artefact, format.id as FolderFormat);
        return true;
      } catch (error) {
        expect(error).toMatchObject({ code: 'unsupported' });
        return false;
      }
    };
    // The rows of this model are as short as a group of MLX, which is not known before.
    const isShort = ({ id }: ExportFormat) => id === 'mlx' && codec.includes('group=row');
    for (const format of EXPORT_FORMATS.filter((each) => each.id !== 'gguf' && !isShort(each))) {
      const offered = mayHold(format, parseCodec(codec), { scope: 'linear', architecture });
      expect([format.id, offered]).toEqual([format.id, await isWritten(format)]);
    }
  });
});
