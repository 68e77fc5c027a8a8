import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseGguf } from '../../formats/gguf/parse';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import type { GgufTensor, GgufValue } from '../../formats/gguf/types';
import { writeGguf } from '../../formats/gguf/write';
import { referenceLogits } from '../../runtime/reference/logits';
import { expectClose } from '../../testing/close';
import { fixture } from '../../testing/fixtures';
import { stepsOf } from '../program';
import { rotaryFrequencies, type RotaryFrequencies } from '../rotary';
import { loadTokenizer } from '../tokenizer/tokenizer';
import { exportGguf } from './export';
import { fileType } from './fileTypes';
import { importGguf, type GgufModel } from './import';
import { TINY_LLAMA, tinyModel } from './testing/tinyModel';
import { float32, ggufString, uint32 } from './values';

const CONTEXT = 16;

async function exported(config: Record<string, unknown>): Promise<Uint8Array> {
  return (await exportGguf(tinyModel(config), { type: fileType('F16'), name: 'tiny' })).bytes;
}

/** Returns the file of the tiny Llama with further metadata and vectors. */
async function llamaFile(
  entries: readonly [string, GgufValue][],
  vectors: Record<string, number[]> = {},
): Promise<Uint8Array> {
  const bytes = await exported(TINY_LLAMA);
  const file = parseGguf(bytes);
  const own: GgufTensor[] = file.tensors.map((t) => ({ ...t, data: ggufTensorBytes(bytes, file, t) }));
  const more = Object.entries(vectors).map(([name, values]): GgufTensor => {
    const data = new Uint8Array(Float32Array.from(values).buffer);
    return { name, dims: [values.length], type: 'F32', data };
  });
  return writeGguf({ metadata: [...file.metadata, ...entries], tensors: [...own, ...more] });
}

const angles = (model: Pick<GgufModel, 'shape'>, length: number): RotaryFrequencies =>
  rotaryFrequencies(stepsOf(model.shape.program, 'rotary')[0], length);

/** The frequencies of the tiny Llama without scaling: base 50,000, three pairs. */
const PLAIN = [1, 50_000 ** (-1 / 3), 50_000 ** (-2 / 3)];

describe('llama.cpp divides positions', () => {
  const scaling = (key: string) => `llama.rope.scaling.${key}`;
  it.each<[string, [string, GgufValue][], number]>([
    ['by a factor without a type, whose default is linear', [[scaling('factor'), float32(4)]], 4],
    ['by a factor under its older key', [['llama.rope.scale_linear', float32(2)]], 2],
    [
      'by the newer of two keys',
      [
        ['llama.rope.scale_linear', float32(2)],
        [scaling('factor'), float32(4)],
      ],
      4,
    ],
    ['not by a factor of 1', [[scaling('factor'), float32(1)]], 1],
    ['not by a factor of 0, which stands for none', [[scaling('factor'), float32(0)]], 1],
    [
      'not at all with the type none',
      [
        [scaling('type'), ggufString('none')],
        [scaling('factor'), float32(4)],
      ],
      1,
    ],
    ['not by whether it was trained so', [[scaling('finetuned'), { type: 'bool', value: true }]], 1],
  ])('%s', async (_, entries, factor) => {
    const { frequencies, magnitude } = angles(await importGguf(await llamaFile(entries), 'x'), 8);
    expectClose(
      frequencies,
      PLAIN.map((f) => f / factor),
      { abs: 0, rel: 1e-12 },
    );
    expect(magnitude).toBe(1);
  });
});

it('divisors of frequencies, with and without a factor, and by length', async () => {
  const long = [scalingType('longrope'), ['llama.rope.scaling.original_context_length', uint32(8)]] as [
    string,
    GgufValue,
  ][];
  const attention: [string, GgufValue] = ['llama.rope.scaling.attn_factor', float32(1.25)];
  const twoSets = { 'rope_factors_short.weight': [1, 2, 4], 'rope_factors_long.weight': [8, 16, 32] };
  const files: [Uint8Array, number, number[], number][] = [
    [await llamaFile([], { 'rope_freqs.weight': [1, 2, 8] }), 12, [1, 2, 8], 1],
    [
      await llamaFile([['llama.rope.scaling.factor', float32(2)], attention], {
        'rope_freqs.weight': [1, 2, 8],
      }),
      ...([12, [2, 4, 16], 1.25] as [number, number[], number]),
    ],
    [await llamaFile([...long, attention], twoSets), 8, [1, 2, 4], 1.25],
    [await llamaFile([...long, attention], twoSets), 9, [8, 16, 32], 1.25],
  ];
  for (const [bytes, length, divisors, expected] of files) {
    const { frequencies, magnitude } = angles(await importGguf(bytes, 'x'), length);
    expectClose(
      frequencies,
      PLAIN.map((f, i) => f / divisors[i]),
      { abs: 0, rel: 1e-12 },
    );
    expect(magnitude).toBe(expected);
  }
});

function scalingType(type: string): [string, GgufValue] {
  return ['llama.rope.scaling.type', ggufString(type)];
}

describe('scaled embeddings survive export and import', () => {
  it.each<[string, Record<string, unknown>]>([
    ['linear', { type: 'linear', factor: 2.5 }],
    [
      'llama3',
      {
        ...{ rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
        original_max_position_embeddings: 512,
      },
    ],
    ['yarn', { type: 'yarn', factor: 4, original_max_position_embeddings: 8 }],
    [
      'yarn with its own attention factor',
      { type: 'yarn', factor: 4, original_max_position_embeddings: 512, attention_factor: 1.5 },
    ],
    [
      'longrope',
      {
        ...{ type: 'longrope', short_factor: [1, 1.5, 2], long_factor: [2, 3, 4] },
        original_max_position_embeddings: 8,
      },
    ],
  ])('%s', async (_, rope_scaling) => {
    const config = { ...TINY_LLAMA, max_position_embeddings: CONTEXT, rope_scaling };
    const model = await importGguf(await exported(config), 'x');
    for (const length of [8, 9]) {
      const expected = angles(tinyModel(config), length);
      const found = angles(model, length);
      expectClose(found.frequencies, expected.frequencies, { abs: 0, rel: 1e-6 });
      expectClose([found.magnitude], [expected.magnitude], { abs: 0, rel: 1e-6 });
    }
  });

  it.each<[RegExp, Record<string, unknown>]>([
    [/dynamic/, { type: 'dynamic', factor: 2 }],
    [/truncate/, { type: 'yarn', factor: 2, truncate: false }],
    [/beta_fast/, { type: 'yarn', factor: 2, beta_fast: 16 }],
  ])('what llama.cpp cannot express is refused: %s', async (message, rope_scaling) => {
    await expect(exported({ ...TINY_LLAMA, rope_scaling })).rejects.toThrow(message);
  });
});

it('a factor without a type gives the perplexity that its case states', async () => {
  const WINDOW = 128;
  const model = await importGguf(readFileSync(fixture('cases/gguf-rope/g-ropefactor.gguf')), 'x');
  const tokenizer = await loadTokenizer(model.assets);
  const text = readFileSync(fixture('cases/gguf-rope/text.txt'), 'utf8');
  const ids = (await tokenizer.encode(text)).slice(0, 8 * WINDOW);
  let sum = 0;
  const logits = await referenceLogits(model.shape, cached(model), {
    ...{ values: ids, sequences: 8, length: WINDOW },
  });
  const vocabulary = model.shape.vocabulary;
  let scored = 0;
  for (let t = 0; t < ids.length; t++) {
    if (t % WINDOW === WINDOW - 1) continue;
    const row = logits.subarray(t * vocabulary, (t + 1) * vocabulary);
    const largest = row.reduce((a, b) => Math.max(a, b));
    sum += Math.log(row.reduce((total, x) => total + Math.exp(x - largest), 0)) + largest - row[ids[t + 1]];
    scored++;
  }
  expect(Math.exp(sum / scored)).toBeCloseTo(35.953, 3);
});

function cached(model: GgufModel): (name: string) => Promise<Float32Array> {
  const specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
  return (name) => model.tensor(specs.get(name)!);
}
