import { expect, test } from 'vitest';
import codegen from './architectures/codegen';
import gpt2 from './architectures/gpt2';
import gptNeox from './architectures/gptNeox';
import llama from './architectures/llama';
import phi3 from './architectures/phi3';
import vit from './architectures/vit';
import { linearInputs } from './linearInputs';

const byWeight = (program: Parameters<typeof linearInputs>[0]) =>
  new Map(linearInputs(program).flatMap((group) => group.weights.map((weight) => [weight, group])));

test('Llama: q, k and v read the first norm, gate and up the second, o and down none', () => {
  const { program } = llama.configure({
    vocab_size: 16,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
  });
  const groups = byWeight(program);
  const at = 'model.layers.1';
  expect(groups.get(`${at}.self_attn.k_proj.weight`)).toEqual({
    weights: ['q', 'k', 'v'].map((n) => `${at}.self_attn.${n}_proj.weight`),
    width: 8,
    norm: { weight: `${at}.input_layernorm.weight` },
  });
  expect(groups.get(`${at}.mlp.up_proj.weight`)?.norm).toEqual({
    weight: `${at}.post_attention_layernorm.weight`,
  });
  expect(groups.get(`${at}.mlp.down_proj.weight`)).toEqual({
    weights: [`${at}.mlp.down_proj.weight`],
    width: 12,
  });
  expect(groups.get(`${at}.self_attn.o_proj.weight`)?.norm).toBeUndefined();
  expect(groups.get('lm_head.weight')?.norm).toEqual({ weight: 'model.norm.weight' });
});

test('GPT-2: the norm has a bias, and the norm of the tied head is omitted', () => {
  const { program } = gpt2.configure({ vocab_size: 16, n_positions: 8, n_embd: 8, n_layer: 1, n_head: 2 });
  const groups = byWeight(program);
  expect(groups.get('transformer.h.0.attn.c_attn.weight')?.norm).toEqual({
    weight: 'transformer.h.0.ln_1.weight',
    bias: 'transformer.h.0.ln_1.bias',
  });
  expect(groups.get('transformer.wte.weight')).toEqual({ weights: ['transformer.wte.weight'], width: 8 });
});

test('CodeGen: attention and MLP read the same norm', () => {
  const { program } = codegen.configure({
    ...{ vocab_size: 16, n_positions: 8, n_embd: 16, n_layer: 1, n_head: 4, rotary_dim: 2 },
  });
  expect(byWeight(program).get('transformer.h.0.mlp.fc_in.weight')).toEqual({
    weights: ['transformer.h.0.attn.qkv_proj.weight', 'transformer.h.0.mlp.fc_in.weight'],
    width: 16,
    norm: { weight: 'transformer.h.0.ln_1.weight', bias: 'transformer.h.0.ln_1.bias' },
  });
});

test.each([true, false])('GPT-NeoX, parallel %s: one layer reads each norm', (use_parallel_residual) => {
  const { program } = gptNeox.configure({
    ...{ vocab_size: 16, hidden_size: 16, intermediate_size: 12, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, use_parallel_residual },
  });
  const at = 'gpt_neox.layers.0';
  expect(byWeight(program).get(`${at}.mlp.dense_h_to_4h.weight`)).toEqual({
    weights: [`${at}.mlp.dense_h_to_4h.weight`],
    width: 16,
    norm: {
      weight: `${at}.post_attention_layernorm.weight`,
      bias: `${at}.post_attention_layernorm.bias`,
    },
  });
});

test('Phi-3: the down projection reads no norm, although its input shares a buffer', () => {
  const { program } = phi3.configure({
    ...{ vocab_size: 16, hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1 },
    num_attention_heads: 2,
  });
  const down = 'model.layers.0.mlp.down_proj.weight';
  expect(byWeight(program).get(down)).toEqual({ weights: [down], width: 12 });
});

test('every linear layer of a ViT is in one group', () => {
  const { program, tensors } = vit.configure({
    hidden_size: 8,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 16,
    image_size: 8,
    patch_size: 4,
  });
  const groups = byWeight(program);
  const linear = tensors.filter(({ role }) => ['attention', 'mlp', 'classifier'].includes(role));
  expect([...groups.keys()].sort()).toEqual(linear.map((t) => t.name).sort());
});
