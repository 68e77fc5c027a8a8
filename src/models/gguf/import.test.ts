import { beforeAll, describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { parseGguf } from '../../formats/gguf/parse';
import { ggufTensorBytes } from '../../formats/gguf/tensor';
import type { GgufContent, GgufTensor, GgufValue } from '../../formats/gguf/types';
import { writeGguf } from '../../formats/gguf/write';
import { exportGguf } from './export';
import { fileType } from './fileTypes';
import { importGguf } from './import';
import { TINY_GPT2, TINY_LLAMA, tinyModel } from './testing/tinyModel';
import { ggufString, uint32 } from './values';

async function exported(config: Record<string, unknown>): Promise<Uint8Array> {
  return (await exportGguf(tinyModel(config), { type: fileType('F16'), name: 'tiny' })).bytes;
}

function contentOf(
  bytes: Uint8Array,
): GgufContent & { metadata: [string, GgufValue][]; tensors: GgufTensor[] } {
  const file = parseGguf(bytes);
  const tensors = file.tensors.map((tensor) => ({ ...tensor, data: ggufTensorBytes(bytes, file, tensor) }));
  return { metadata: [...file.metadata], tensors };
}

let llama: Uint8Array;
let gpt2: Uint8Array;
beforeAll(async () => {
  llama = await exported(TINY_LLAMA);
  gpt2 = await exported(TINY_GPT2);
});

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await importGguf(bytes, 'x').then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(LabError);
  return (error as LabError).message;
}

describe('errors name the field or tensor', () => {
  it.each<[RegExp, string, GgufValue | undefined]>([
    [/general\.architecture is missing/, 'general.architecture', undefined],
    [/"phi3".*not supported/, 'general.architecture', ggufString('phi3')],
    [/general\.architecture is uint32/, 'general.architecture', uint32(1)],
    [/llama\.block_count is missing/, 'llama.block_count', undefined],
    [/llama\.block_count is string/, 'llama.block_count', ggufString('two')],
    [/num_hidden_layers/, 'llama.block_count', uint32(100_000)],
    [/num_attention_heads/, 'llama.attention.head_count', uint32(0)],
    [
      /llama\.attention\.head_count is an array of int32/,
      'llama.attention.head_count',
      { type: 'array', items: 'int32', value: Int32Array.of(4, 4) },
    ],
    [
      /llama\.attention\.layer_norm_rms_epsilon is float32/,
      'llama.attention.layer_norm_rms_epsilon',
      { type: 'float32', value: NaN },
    ],
    [/llama\.rope\.scaling\.type is "yarn"/, 'llama.rope.scaling.type', ggufString('yarn')],
    [/llama\.rope\.dimension_count is 4.*head width is 6/, 'llama.rope.dimension_count', uint32(4)],
    [/llama\.attention\.value_length is 8/, 'llama.attention.value_length', uint32(8)],
    [/llama\.expert_count is 8/, 'llama.expert_count', uint32(8)],
    [/blk\.0\.ffn_gate\.weight.*\[10,14\].*requires \[10,15\]/, 'llama.feed_forward_length', uint32(15)],
    [/blk\.2\.attn_norm\.weight.*missing/, 'llama.block_count', uint32(3)],
  ])('%s', async (message, key, value) => {
    const content = contentOf(llama);
    const others = content.metadata.filter(([name]) => name !== key);
    const metadata = value ? [...others, [key, value] as [string, GgufValue]] : others;
    expect(await refusal(writeGguf({ ...content, metadata }))).toMatch(message);
  });

  it('for a missing tensor and for one that the architecture does not use', async () => {
    const content = contentOf(llama);
    const without = (name: string) => content.tensors.filter((tensor) => tensor.name !== name);
    const frequencies = { name: 'rope_freqs.weight', dims: [3], type: 'F32', data: new Uint8Array(12) };
    const files: [RegExp, GgufTensor[]][] = [
      [/token_embd\.weight.*missing/, without('token_embd.weight')],
      [/blk\.1\.ffn_up\.bias.*missing/, without('blk.1.ffn_up.bias')],
      [/rope_freqs\.weight.*does not use/, [...content.tensors, frequencies]],
    ];
    for (const [message, tensors] of files)
      expect(await refusal(writeGguf({ ...content, tensors }))).toMatch(message);
  });

  it('for a weight that is NaN, when it is read', async () => {
    const content = contentOf(gpt2);
    const norm = content.tensors.find(({ name }) => name === 'blk.0.attn_norm.weight')!;
    (norm.data as Uint8Array).set([0, 0, 192, 127], 4);
    const model = await importGguf(writeGguf(content), 'x');
    const spec = model.shape.tensors.find(({ name }) => name.endsWith('h.0.ln_1.weight'))!;
    await expect(model.tensor(spec)).rejects.toThrow(/ln_1\.weight is NaN/);
  });
});
