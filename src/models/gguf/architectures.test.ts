import { readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { parseGguf } from '../../formats/gguf/parse';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import type { GgufValue } from '../../formats/gguf/types';
import { writeGguf } from '../../formats/gguf/write';
import { independentLogits } from '../../onnx/independent';
import { folderFiles } from '../../platform/node/folder';
import { floatsOf, integersOf, readTensors } from '../../testing/checkpoint';
import { fixture } from '../../testing/fixtures';
import { loadModel } from '../load/load';
import { exportGguf } from './export';
import { fileType } from './fileTypes';
import { importGguf } from './import';
import { stepsOf } from '../program';
import { byteTokenizer, tinyModel } from './testing/tinyModel';

/** Tolerance of two float32 programs with different orders of sums. */
const LOGITS = 1e-4;

async function exported(name: string, type = 'F32') {
  const model = await loadModel(folderFiles(fixture(`arch/${name}`)));
  return exportGguf({ ...model, assets: byteTokenizer() }, { type: fileType(type), name });
}

/** Names in llama.cpp (gguf-py/gguf/constants.py), and the keys that its loader requires (llama-model.cpp). */
const WRITTEN = {
  qwen3: {
    architecture: 'qwen3',
    block: ['attn_norm', 'attn_q', 'attn_k', 'attn_v', 'attn_output', 'attn_q_norm', 'attn_k_norm'].concat(
      ...['ffn_norm', 'ffn_gate', 'ffn_up', 'ffn_down'],
    ),
    outer: ['token_embd', 'output_norm'],
    keys: ['attention.layer_norm_rms_epsilon', 'attention.key_length', 'rope.freq_base'],
  },
  phi3: {
    architecture: 'phi3',
    block: ['attn_norm', 'attn_qkv', 'attn_output', 'ffn_norm', 'ffn_up', 'ffn_down'],
    outer: ['token_embd', 'output_norm', 'output'],
    keys: ['attention.layer_norm_rms_epsilon', 'attention.sliding_window', 'rope.dimension_count'],
  },
  'gpt-neox': {
    architecture: 'gptneox',
    block: ['attn_norm', 'attn_qkv', 'attn_output', 'ffn_norm', 'ffn_up', 'ffn_down'],
    outer: ['token_embd', 'output_norm', 'output'],
    keys: ['attention.layer_norm_epsilon', 'use_parallel_residual', 'rope.dimension_count'],
  },
};

describe.each(Object.entries(WRITTEN))('%s', (name, { architecture, block, outer, keys }) => {
  test('is written with the names and keys of llama.cpp', async () => {
    const { metadata, tensors } = parseGguf((await exported(name)).bytes);
    expect(metadata.get('general.architecture')!.value).toBe(architecture);
    const stems = new Set(tensors.map((tensor) => tensor.name.replace(/\.(weight|bias)$/, '')));
    const blocks = [0, 1].flatMap((i) => block.map((stem) => `blk.${i}.${stem}`));
    expect([...stems].sort()).toEqual([...outer, ...blocks].sort());
    const common = ['block_count', 'context_length', 'embedding_length', 'feed_forward_length'];
    for (const key of [...common, 'attention.head_count', ...keys])
      expect([...metadata.keys()]).toContain(`${architecture}.${key}`);
  });

  test('is read back with the logits that transformers computes with the checkpoint', async () => {
    const expected = readTensors(fixture(`arch/${name}/expected.safetensors`));
    const ids = expected.get('input_ids')!;
    const model = await importGguf((await exported(name)).bytes, name);
    const input = { shape: ids.shape, values: integersOf(ids) };
    const { values } = await independentLogits(ort, model, input);
    const wanted = floatsOf(expected.get('logits')!);
    const largest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
    expect(largest).toBeLessThan(LOGITS);
  });

  test('has a quantised form', async () => {
    const { counts } = await exported(name, 'Q8_0');
    expect(counts.get('Q8_0')).toBeGreaterThan(8);
  });
});

test('the fused matrix of GPT-NeoX has all queries first, as convert_hf_to_gguf.py orders it', async () => {
  const checkpoint = readTensors(fixture('arch/gpt-neox/model.safetensors'));
  const { bytes } = await exported('gpt-neox');
  const file = parseGguf(bytes);
  for (const part of ['weight', 'bias']) {
    const stored = floatsOf(checkpoint.get(`gpt_neox.layers.1.attention.query_key_value.${part}`)!);
    const [heads, width] = [4, 16];
    const columns = stored.length / (3 * heads * width);
    // reshape(heads, 3, width, columns), then the concatenation of [:, 0], [:, 1] and [:, 2].
    const expected = [0, 1, 2].flatMap((kind) =>
      Array.from({ length: heads }, (_, head) => {
        const begin = (3 * head + kind) * width * columns;
        return Array.from(stored.subarray(begin, begin + width * columns));
      }).flat(),
    );
    const tensor = file.tensors.find((found) => found.name === `blk.1.attn_qkv.${part}`)!;
    const written = new Float32Array(ggufTensorBytes(bytes, file, tensor).slice().buffer);
    expect(Array.from(written)).toEqual(expected);
  }
});

test('the tensors of long rotary embeddings of a Phi-3 apply without a type, as convert_hf_to_gguf.py leaves it', async () => {
  const config = {
    ...JSON.parse(readFileSync(fixture('arch/phi3/config.json'), 'utf8')),
    ...{ max_position_embeddings: 128, original_max_position_embeddings: 64, sliding_window: 96 },
    rope_parameters: {
      ...{ rope_type: 'longrope', rope_theta: 10_000, partial_rotary_factor: 1, attention_factor: 1.25 },
      ...{ short_factor: Array(8).fill(1), long_factor: [1, 1, 1.5, 2, 3, 4, 5, 6] },
    },
  } as Record<string, unknown>;
  const model = tinyModel(config, byteTokenizer());
  const { bytes } = await exportGguf(model, { type: fileType('F32'), name: 'phi3' });
  const file = parseGguf(bytes);
  const tensors = file.tensors.map((tensor) => ({ ...tensor, data: ggufTensorBytes(bytes, file, tensor) }));
  const metadata = [...file.metadata].filter(([key]) => key !== 'phi3.rope.scaling.type');
  const read = await importGguf(writeGguf({ metadata, tensors }), 'phi3');
  expect(read.shape.program).toEqual(model.shape.program);
  expect(stepsOf(read.shape.program, 'attention')[0].window).toBe(96);
});

test('a partial rotation of a Phi-3 is read from the number of rotated columns', async () => {
  const { bytes } = await exported('phi3');
  const file = parseGguf(bytes);
  const tensors = file.tensors.map((tensor) => ({ ...tensor, data: ggufTensorBytes(bytes, file, tensor) }));
  const metadata = [...file.metadata].map(([key, value]): [string, GgufValue] =>
    key === 'phi3.rope.dimension_count' ? [key, { type: 'uint32', value: 12 }] : [key, value],
  );
  const { shape } = await importGguf(writeGguf({ metadata, tensors }), 'phi3');
  expect(stepsOf(shape.program, 'rotary')[0].rotaryDim).toBe(12);
});

test('a GPT-NeoX without word about its residual is refused, as llama.cpp refuses it', async () => {
  const { bytes } = await exported('gpt-neox');
  const file = parseGguf(bytes);
  const tensors = file.tensors.map((tensor) => ({ ...tensor, data: ggufTensorBytes(bytes, file, tensor) }));
  const metadata = [...file.metadata].filter(([key]) => key !== 'gptneox.use_parallel_residual');
  await expect(importGguf(writeGguf({ metadata, tensors }), 'x')).rejects.toThrow(
    /gptneox\.use_parallel_residual is missing/,
  );
});
