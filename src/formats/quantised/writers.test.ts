import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../testing/fixtures';
import type { RawTensor } from '../dtypes';
import { parseSafetensors, toFloat32 } from '../safetensors/read';
import { packAwq, unpackAwq } from './awq';
import { packCompressed, packedParts, unpackCompressed } from './compressedTensors/packed';
import { packGptq, unpackGptq } from './gptq';
import type { GroupedIntegers, IntegerSizes } from './integers';
import { packMlx, unpackMlx } from './mlx';
import type { FloatType, PackableModule } from './write';
import { QUANTISED_WRITERS, type WrittenFormat } from './writers';

/** A checkpoint that the tool itself wrote. */
interface Fixture {
  folder: string;
  settings: Record<string, unknown>;
  metadata: Record<string, string>;
  tensors: ReadonlyMap<string, RawTensor>;
}

function open(folder: string): Fixture {
  const path = fixture(`quantised/${folder}`);
  const config = JSON.parse(readFileSync(`${path}/config.json`, 'utf8')) as {
    quantization_config: Record<string, unknown>;
  };
  const { metadata, tensors } = parseSafetensors(new Uint8Array(readFileSync(`${path}/model.safetensors`)));
  return { folder, settings: config.quantization_config, metadata, tensors };
}

const words = ({ bytes }: RawTensor) => new Uint32Array(bytes.slice().buffer);

/** The modules of a fixture by the suffix that each has, and the part of a module with another suffix. */
function modulesOf({ tensors }: Fixture, suffix: string) {
  return [...tensors.keys()]
    .filter((name) => name.endsWith(suffix))
    .map((name) => {
      const module = name.slice(0, -suffix.length);
      return { module, part: (other: string) => tensors.get(`${module}.${other}`)! };
    });
}

const GPTQ = ['2bit-g32-sym', '3bit-g32-sym', '4bit-g32-asym', '4bit-g32-asym-v2', '4bit-g64-sym'];

test.each(GPTQ)('GPTQ %s: the tool’s words, unpacked and packed again, are the same', (name) => {
  const file = open(`gptq/stories260K-${name}`);
  const version = file.settings.checkpoint_format as 'gptq' | 'gptq_v2';
  for (const { module, part } of modulesOf(file, '.qweight')) {
    const sizes = gptqSizes(file, part);
    const stored = {
      qweight: words(part('qweight')),
      qzeros: words(part('qzeros')),
      scales: toFloat32(part('scales')),
    };
    expect(packGptq(unpackGptq(module, sizes, stored, version), version)).toEqual(stored);
  }
});

function gptqSizes({ settings }: Fixture, part: (suffix: string) => RawTensor): IntegerSizes {
  const [inputs] = part('g_idx').shape;
  const outputs = part('qweight').shape[1];
  return { inputs, outputs, bits: settings.bits as number, group: settings.group_size as number };
}

test('AWQ: the tool’s words, unpacked and packed again, are the same', () => {
  const file = open('awq/stories260K-4bit-g32-gemm');
  for (const { part } of modulesOf(file, '.qweight')) {
    const [inputs, perRow] = part('qweight').shape;
    const stored = {
      qweight: words(part('qweight')),
      qzeros: words(part('qzeros')),
      scales: toFloat32(part('scales')),
    };
    expect(packAwq(unpackAwq({ inputs, outputs: 8 * perRow, group: 32 }, stored))).toEqual(stored);
  }
});

test.each(['3bit-g64', '4bit-g32', '4bit-g64-bf16', '8bit-g64'])(
  'MLX %s: the tool’s words, unpacked and packed again, are the same',
  (name) => {
    const file = open(`mlx/stories260K-${name}`);
    const bits = file.settings.bits as number;
    const group = file.settings.group_size as number;
    for (const { part } of modulesOf(file, '.scales')) {
      const [outputs, groups] = part('scales').shape;
      const sizes = { outputs, inputs: groups * group, bits, group };
      expect(packMlx(unpackMlx(words(part('weight')), sizes), sizes)).toEqual(words(part('weight')));
    }
  },
);

test.each(['w4a16-g32-asym', 'w4a16-g32-sym', 'w8a16-channel'])(
  'compressed-tensors %s: the tool’s words, unpacked and packed again, are the same',
  (name) => {
    for (const { part } of modulesOf(open(`compressed-tensors/stories260K-${name}`), '.weight_packed')) {
      const zeros = part('weight_zero_point') as RawTensor | undefined;
      const stored = { codes: words(part('weight_packed')), ...(zeros && { zeros: words(zeros) }) };
      const sizes = compressedSizes(part);
      const scales = toFloat32(part('weight_scale'));
      const matrix: GroupedIntegers = {
        kind: 'integers',
        ...sizes,
        scales,
        ...unpackCompressed(stored, sizes),
      };
      expect(packCompressed(matrix)).toEqual(stored);
      expect(packedParts(sizes).weight_packed.shape).toEqual(part('weight_packed').shape);
    }
  },
);

function compressedSizes(part: (suffix: string) => RawTensor): IntegerSizes {
  const [outputs, inputs] = new BigInt64Array(part('weight_shape').bytes.slice().buffer);
  const [, groups] = part('weight_scale').shape;
  const bits = (32 * part('weight_packed').shape[1]) / Number(inputs);
  return { outputs: Number(outputs), inputs: Number(inputs), bits, group: Number(inputs) / groups };
}

/** Fixtures whose settings and tensors a writer must reproduce, with the suffix that every quantised module has. */
const LAYOUTS: readonly [WrittenFormat, string, string, FloatType][] = [
  ['gptq', 'gptq/stories260K-4bit-g32-sym', '.qweight', 'F16'],
  ['gptq', 'gptq/stories260K-2bit-g32-sym', '.qweight', 'F16'],
  ['gptq', 'gptq/stories260K-4bit-g32-asym-v2', '.qweight', 'F16'],
  ['awq', 'awq/stories260K-4bit-g32-gemm', '.qweight', 'F16'],
  ['mlx', 'mlx/stories260K-4bit-g32', '.scales', 'F16'],
  ['compressed-tensors', 'compressed-tensors/stories260K-w4a16-g32-sym', '.weight_packed', 'F16'],
  ['compressed-tensors', 'compressed-tensors/stories260K-w4a16-g32-asym', '.weight_packed', 'F16'],
  ['compressed-tensors', 'compressed-tensors/stories260K-w8a16-channel', '.weight_packed', 'F16'],
];

describe.each(LAYOUTS)('%s as in %s', (format, folder, suffix, floats) => {
  const file = open(folder);
  const modules = modulesOf(file, suffix).map(({ module, part }): PackableModule => {
    const sizes = sizesIn(file, format, part);
    const isSymmetric = /-sym|channel/.test(folder) || format === 'mlx';
    const scheme = { kind: 'integers' as const, ...sizes, symmetric: isSymmetric };
    return { module, scheme, conv1d: false, place: module.includes('embed') ? 'table' : 'block' };
  });

  test('has the tensors of the tool: names, types and shapes', async () => {
    const writer = await QUANTISED_WRITERS[format]();
    expect(writer.metadata).toEqual(file.metadata);
    const written = modules.flatMap((packed) => writer.layout(packed, floats));
    const names = new Set(modules.map(({ module }) => module));
    const quantised = [...file.tensors].filter(([name]) => names.has(name.slice(0, name.lastIndexOf('.'))));
    const sorted = <T extends { name: string }>(list: T[]) => list.sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(sorted(written)).toEqual(
      sorted(quantised.map(([name, { dtype, shape }]) => ({ name, dtype, shape }))),
    );
  });

  test('has the settings of the tool', async () => {
    const writer = await QUANTISED_WRITERS[format]();
    const { config } = writer.settings(modules, [{ module: 'lm_head', place: 'head' }]);
    // The version of compressed-tensors is that of the program that wrote the file.
    const { version, ...settings } = file.settings;
    const expected = format === 'awq' ? { ...settings, version } : settings;
    expect(config.quantization_config).toEqual(expected);
  });
});

describe.each(['nf4', 'fp4'] as const)('bitsandbytes as in bnb/stories260K-%s', (type) => {
  const file = open(`bnb/stories260K-${type}`);
  const suffix = `.weight.quant_state.bitsandbytes__${type}`;
  const modules = modulesOf(file, suffix).map(({ module, part }) => {
    const { shape, blocksize } = JSON.parse(new TextDecoder().decode(part(suffix.slice(1)).bytes)) as {
      shape: [number, number];
      blocksize: number;
    };
    const sizes = { kind: 'lookup', outputs: shape[0], inputs: shape[1], type, block: blocksize } as const;
    const packed: PackableModule = {
      ...{ module, conv1d: false, place: 'block' },
      scheme: { ...sizes, nested: false },
    };
    const matrix = {
      ...sizes,
      codes: part('weight').bytes,
      levels: toFloat32(part('weight.quant_map')),
      maxima: toFloat32(part('weight.absmax')),
    };
    return { packed, matrix };
  });

  test('the tool’s tensors, read and written again, are the same', async () => {
    const writer = await QUANTISED_WRITERS.bitsandbytes();
    expect(writer.metadata).toEqual(file.metadata);
    expect(modules.length).toBeGreaterThan(5);
    for (const { packed, matrix } of modules)
      for (const { name, dtype, shape, bytes } of writer.pack(packed, matrix, 'F16')) {
        const theirs = file.tensors.get(name)!;
        expect([name, dtype, shape]).toEqual([name, theirs.dtype, theirs.shape]);
        expect(Buffer.compare(bytes, theirs.bytes), name).toBe(0);
      }
  });

  test('has the settings of the tool', async () => {
    const writer = await QUANTISED_WRITERS.bitsandbytes();
    const left = [{ module: 'lm_head', place: 'head' }] as const;
    const { config } = writer.settings(
      modules.map(({ packed }) => packed),
      left,
    );
    expect(config.quantization_config).toEqual(file.settings);
  });
});

describe('bitsandbytes as in bnb/stories260K-int8', () => {
  const file = open('bnb/stories260K-int8');
  const modules = modulesOf(file, '.SCB').map(({ module, part }) => {
    const [outputs, inputs] = part('weight').shape;
    const sizes = { kind: 'integers', outputs, inputs, bits: 8, group: inputs } as const;
    const scheme = { ...sizes, symmetric: true, roundsInputs: true };
    const packed: PackableModule = { module, conv1d: false, place: 'block', scheme };
    const maxima = toFloat32(part('SCB'));
    const codes = part('weight').bytes.map((byte) => byte ^ 0x80);
    return { packed, matrix: { ...sizes, codes, scales: maxima.map((m) => m / 127), maxima } };
  });

  test('the tool’s tensors, read and written again, are the same', async () => {
    const writer = await QUANTISED_WRITERS.bitsandbytes();
    expect(modules.length).toBe(7);
    for (const { packed, matrix } of modules) {
      const written = writer.pack(packed, matrix, 'F16');
      expect(written.map(({ name }) => name)).toEqual(
        ['weight', 'SCB', 'weight_format'].map((suffix) => `${packed.module}.${suffix}`),
      );
      for (const { name, ...tensor } of written)
        expect([name, { ...tensor, bytes: Buffer.from(tensor.bytes) }]).toEqual([
          name,
          { ...file.tensors.get(name)!, bytes: Buffer.from(file.tensors.get(name)!.bytes) },
        ]);
    }
  });

  test('has the settings of the tool, without outliers', async () => {
    const writer = await QUANTISED_WRITERS.bitsandbytes();
    const left = [{ module: 'lm_head', place: 'head' }] as const;
    const { config } = writer.settings(
      modules.map(({ packed }) => packed),
      left,
    );
    expect(config.quantization_config).toEqual({ ...file.settings, llm_int8_threshold: 0 });
  });
});

function sizesIn(file: Fixture, format: WrittenFormat, part: (suffix: string) => RawTensor): IntegerSizes {
  if (format === 'gptq') return gptqSizes(file, part);
  if (format === 'compressed-tensors') return compressedSizes(part);
  if (format === 'awq') {
    const [inputs, perRow] = part('qweight').shape;
    return { inputs, outputs: 8 * perRow, bits: 4, group: 32 };
  }
  const [outputs, groups] = part('scales').shape;
  return { outputs, inputs: 32 * groups, bits: 4, group: 32 };
}
