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
import { bool, float32, ggufString, uint32 } from './values';

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
    [/"mamba".*not supported/, 'general.architecture', ggufString('mamba')],
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
    [/llama\.rope\.scaling\.type is "ntk".*unknown/, 'llama.rope.scaling.type', ggufString('ntk')],
    [/llama\.rope\.scaling\.factor is -1/, 'llama.rope.scaling.factor', float32(-1)],
    [
      /llama\.rope\.scaling\.yarn_log_multiplier is not 0/,
      'llama.rope.scaling.yarn_log_multiplier',
      float32(0.1),
    ],
    [/llama\.rope\.scaling\.attn_factor is 0/, 'llama.rope.scaling.attn_factor', float32(0)],
    [/"llama\.rope\.freq_base_swa".*does not know/, 'llama.rope.freq_base_swa', float32(1e4)],
    [/"llama\.logit_scale".*does not know/, 'llama.logit_scale', float32(2)],
    [/"llama\.new_key".*does not know/, 'llama.new_key', uint32(0)],
    [/llama\.attention\.scale is 0\.5, not 1\/√6/, 'llama.attention.scale', float32(0.5)],
    [/llama\.attention\.sliding_window is 8, shorter/, 'llama.attention.sliding_window', uint32(8)],
    [/llama\.attention\.clamp_kqv is 2/, 'llama.attention.clamp_kqv', float32(2)],
    [/llama\.attention\.causal is false/, 'llama.attention.causal', bool(false)],
    [/llama\.vocab_size is 41.*40 rows/, 'llama.vocab_size', uint32(41)],
    [/"tokenizer\.ggml\.suppress_tokens".*does not know/, 'tokenizer.ggml.suppress_tokens', uint32(3)],
    [/tokenizer\.ggml\.add_sep_token is true/, 'tokenizer.ggml.add_sep_token', bool(true)],
    [/tokenizer\.ggml\.normalizer\.lowercase is true/, 'tokenizer.ggml.normalizer.lowercase', bool(true)],
    [/tokenizer\.ggml\.model is "bert"/, 'tokenizer.ggml.model', ggufString('bert')],
    [/general\.type is "adapter"/, 'general.type', ggufString('adapter')],
    [/split\.count is 3.*llama-gguf-split/, 'split.count', uint32(3)],
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
    const experts = { name: 'blk.0.ffn_gate_exps.weight', dims: [3], type: 'F32', data: new Uint8Array(12) };
    const frequencies = { ...experts, name: 'rope_freqs.weight' };
    const short = {
      ...experts,
      name: 'rope_factors_short.weight',
      data: new Uint8Array(new Float32Array(3).fill(1).buffer),
    };
    const files: [RegExp, GgufTensor[]][] = [
      [/token_embd\.weight.*missing/, without('token_embd.weight')],
      [/blk\.1\.ffn_up\.bias.*missing/, without('blk.1.ffn_up.bias')],
      [/ffn_gate_exps\.weight.*does not use/, [...content.tensors, experts]],
      [/rope_freqs\.weight holds 0/, [...content.tensors, frequencies]],
      [
        /rope_freqs\.weight has 2 values/,
        [...content.tensors, { ...frequencies, dims: [2], data: new Uint8Array(8) }],
      ],
      [/rope_factors_short\.weight is not used.*"linear"/, [...content.tensors, short]],
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
