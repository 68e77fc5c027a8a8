import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { fixture } from '../../testing/fixtures';
import { memoryFiles } from '../../testing/fuzz/memoryFiles';
import { loadModel } from './load';

/** Fixtures with all tensors of a model of one layer. */
const WHOLE = [
  ['gptq/stories260K-4bit-g32-sym-desc_act', 'GPTQ, 4 bits, group 32'],
  ['awq/stories260K-4bit-g32-gemm', 'AWQ, 4 bits, group 32'],
  ['compressed-tensors/stories260K-w4a16-g32-asym', 'compressed-tensors, W4A16, group 32, asymmetric'],
  ['bnb/stories260K-nf4', 'bitsandbytes, nf4, blocks of 64'],
  ['mlx/stories260K-4bit-g64', 'MLX, 4 bits, group 64'],
] as const;

type Expected = Record<string, Record<string, { sha256: string }>>;
const EXPECTED = JSON.parse(readFileSync(fixture('quantised/expected.json'), 'utf8')) as Expected;

function folder(name: string): Map<string, Uint8Array> {
  const read = (file: string) => new Uint8Array(readFileSync(fixture(`quantised/${name}/${file}`)));
  return new Map(['config.json', 'model.safetensors'].map((file) => [file, read(file)]));
}

/** Loads the folder after its config.json was changed. */
function changed(name: string, change: (config: Record<string, unknown>) => void) {
  const files = folder(name);
  const config = JSON.parse(new TextDecoder().decode(files.get('config.json'))) as Record<string, unknown>;
  change(config);
  files.set('config.json', new TextEncoder().encode(JSON.stringify(config)));
  return loadModel(memoryFiles(files));
}

describe.each(WHOLE)('%s', (name, scheme) => {
  test('is loaded as a model with restored weights', async () => {
    const model = await loadModel(memoryFiles(folder(name)));
    expect(model.quantised).toBe(scheme);
    expect(Object.keys(model.config).filter((key) => key.startsWith('quant'))).toEqual([]);
    for (const spec of model.shape.tensors) {
      const expected = EXPECTED[name][spec.name];
      const values = await model.tensor(spec);
      if (expected)
        expect([spec.name, await sha256Hex(new Uint8Array(values.buffer))]).toEqual([
          spec.name,
          expected.sha256,
        ]);
    }
  });

  test('counts every byte of its tensors', async () => {
    const model = await loadModel(memoryFiles(folder(name)));
    const file = folder(name).get('model.safetensors')!;
    const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const { bytes, fileBytes } = await model.stored!();
    const { codes, scales, codebooks, tables, float } = bytes;
    expect(fileBytes).toBe(file.length);
    expect(codes + scales + codebooks + tables + float).toBe(file.length - header);
  });
});

test('the codes and scales of AWQ are counted as such', async () => {
  const model = await loadModel(memoryFiles(folder('awq/stories260K-4bit-g32-gemm')));
  const stored = await model.stored!();
  // Weights of a layer of stories260K with an MLP of 192: q, o [64, 64], k, v [32, 64], gate, up, down [192, 64].
  const weights = 2 * 64 * 64 + 2 * 32 * 64 + 3 * 192 * 64;
  expect(stored.bytes.codes).toBe(weights / 2);
  expect(stored.bytes.scales).toBe((weights / 32) * 2.5);
});

describe('refuses by name', () => {
  const set = (values: object) => (config: Record<string, unknown>) =>
    Object.assign(config.quantization_config as object, values);
  test.each([
    ['gptq/stories260K-4bit-g32-sym-desc_act', set({ quant_method: 'hqq' }), /quant_method .* "hqq"/],
    ['gptq/stories260K-4bit-g32-sym-desc_act', set({ quant_method: 'mlx' }), /quant_method .* "mlx"/],
    [
      'gptq/stories260K-4bit-g32-sym-desc_act',
      set({ checkpoint_format: 'marlin' }),
      /checkpoint_format is "marlin"/,
    ],
    ['gptq/stories260K-4bit-g32-sym-desc_act', set({ bits: 5 }), /bits is 5/],
    ['gptq/stories260K-4bit-g32-sym-desc_act', set({ bits: 8 }), /rows of words/],
    ['gptq/stories260K-4bit-g32-sym-desc_act', set({ group_size: 64 }), /groups of 64/],
    ['awq/stories260K-4bit-g32-gemm', set({ version: 'gemv' }), /version is "gemv"/],
    ['awq/stories260K-4bit-g32-gemm', set({ bits: 3 }), /bits is 3/],
    ['awq/stories260K-4bit-g32-gemm', set({ zero_point: false }), /zero_point is false/],
    ['compressed-tensors/stories260K-w4a16-g32-asym', set({ format: 'marlin-24' }), /format is "marlin-24"/],
    [
      'compressed-tensors/stories260K-w4a16-g32-asym',
      set({ transform_config: { a: 1 } }),
      /transform_config/,
    ],
    [
      'compressed-tensors/stories260K-w4a16-g32-asym',
      set({ sparsity_config: { format: 'sparse-24-bitmask' } }),
      /sparse-24-bitmask/,
    ],
    ['compressed-tensors/stories260K-w4a16-g32-asym', set({ config_groups: {} }), /config_groups/],
    [
      'bnb/stories260K-nf4',
      set({ bnb_4bit_quant_storage: 'bfloat16' }),
      /bnb_4bit_quant_storage is "bfloat16"/,
    ],
    ['mlx/stories260K-4bit-g64', set({ mode: 'mxfp4' }), /mode is "mxfp4"/],
    ['mlx/stories260K-4bit-g64', set({ group_size: 48 }), /group_size is 48/],
    ['mlx/stories260K-4bit-g64', set({ bits: 7 }), /bits is 7/],
    [
      'awq/stories260K-4bit-g32-gemm',
      (config: Record<string, unknown>) => delete config.quantization_config,
      /no quantization_config/,
    ],
  ] as const)('%s with a setting that is not implemented: %#', async (name, change, message) => {
    const error = await changed(name, change).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(message);
  });
});
