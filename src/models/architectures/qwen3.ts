import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { fields, parseConfig } from './shared/config';
import { value, vector } from './shared/shape';
import { keyValueHeadsOf, queryWidthOf, rmsDecoder } from './shared/rmsDecoder';
import { ropeSettings, type RopeSettings } from './shared/rope';
import { addStep, linearStep, linearTensors, rmsNormStep } from './shared/steps';

/** The config.json of `Qwen3ForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  intermediate_size: fields.inner,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  num_key_value_heads: v.optional(v.nullable(fields.heads)),
  head_dim: v.optional(fields.headWidth, 128),
  max_position_embeddings: v.optional(fields.context, 32_768),
  rms_norm_eps: v.optional(fields.epsilon, 1e-6),
  hidden_act: v.optional(v.literal('silu'), 'silu'),
  attention_bias: fields.flag(false),
  use_sliding_window: fields.only(false),
  layer_types: v.optional(v.nullable(v.array(v.literal('full_attention')))),
  tie_word_embeddings: fields.flag(false),
});

interface Layout extends v.InferOutput<typeof schema> {
  queryWidth: number;
  keyValueHeads: number;
  keyValueWidth: number;
  rope: RopeSettings;
}

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('qwen3', schema, raw);
  const { num_attention_heads: heads, head_dim: headWidth } = config;
  const keyValueHeads = keyValueHeadsOf('qwen3', heads, config.num_key_value_heads);
  const queryWidth = queryWidthOf('qwen3', heads, headWidth);
  const keyValueWidth = keyValueHeads * headWidth;
  const rope = ropeSettings(raw, {
    ...{ architecture: 'qwen3', headWidth, context: config.max_position_embeddings },
  });
  return { ...config, queryWidth, keyValueHeads, keyValueWidth, rope };
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const { hidden_size: width, intermediate_size: inner, attention_bias: biased } = c;
  const at = `model.layers.${i}`;
  const attention = (name: string, shape: readonly [number, number]) =>
    linearTensors(`${at}.self_attn.${name}`, shape, 'attention', i, biased);
  const mlp = (name: string, shape: readonly [number, number]) =>
    linearTensors(`${at}.mlp.${name}`, shape, 'mlp', i, false);
  return [
    vector(`${at}.input_layernorm.weight`, width, 'norm', i),
    ...attention('q_proj', [c.queryWidth, width]),
    ...attention('k_proj', [c.keyValueWidth, width]),
    ...attention('v_proj', [c.keyValueWidth, width]),
    ...attention('o_proj', [width, c.queryWidth]),
    vector(`${at}.self_attn.q_norm.weight`, c.head_dim, 'norm', i),
    vector(`${at}.self_attn.k_norm.weight`, c.head_dim, 'norm', i),
    vector(`${at}.post_attention_layernorm.weight`, width, 'norm', i),
    ...mlp('gate_proj', [inner, width]),
    ...mlp('up_proj', [inner, width]),
    ...mlp('down_proj', [width, inner]),
  ];
}

function block(c: Layout, i: number): Step[] {
  const { hidden_size: width, rms_norm_eps: epsilon } = c;
  const at = `model.layers.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const [gate, up] = ['gate', 'up'].map((name) => value(name, c.intermediate_size));
  const attended = value('attended', c.queryWidth);
  return [
    rmsNormStep(`${at}.input_layernorm`, residual, normed, epsilon),
    ...attention(c, `${at}.self_attn`, i),
    linearStep(`${at}.self_attn.o_proj`, attended, update, c.attention_bias),
    addStep(update, residual),
    rmsNormStep(`${at}.post_attention_layernorm`, residual, normed, epsilon),
    linearStep(`${at}.mlp.gate_proj`, normed, gate, false),
    linearStep(`${at}.mlp.up_proj`, normed, up, false),
    { op: 'siluGate', gate, up, out: gate },
    linearStep(`${at}.mlp.down_proj`, gate, update, false),
    addStep(update, residual),
  ];
}

/** Returns the attention steps, in which every query and key head is normalised before rotation. */
function attention(c: Layout, at: string, layer: number): Step[] {
  const { num_attention_heads: heads, keyValueHeads, head_dim: headWidth, rope } = c;
  const { rms_norm_eps: epsilon, attention_bias: biased } = c;
  const normed = value('normed', c.hidden_size);
  const [rawQuery, query] = ['raw query', 'query'].map((name) => value(name, c.queryWidth));
  const [rawKey, key, values] = ['raw key', 'key', 'value'].map((name) => value(name, c.keyValueWidth));
  return [
    linearStep(`${at}.q_proj`, normed, rawQuery, biased),
    linearStep(`${at}.k_proj`, normed, rawKey, biased),
    linearStep(`${at}.v_proj`, normed, values, biased),
    rmsNormStep(`${at}.q_norm`, rawQuery, query, epsilon, heads),
    rmsNormStep(`${at}.k_norm`, rawKey, key, epsilon, keyValueHeads),
    { op: 'rotary', value: query, heads, headWidth, ...rope },
    { op: 'rotary', value: key, heads: keyValueHeads, headWidth, ...rope },
    {
      ...{ op: 'attention', query, key, value: values, out: value('attended', c.queryWidth) },
      ...{ heads, keyValueHeads, headWidth, causal: true, scale: 1 / Math.sqrt(headWidth), layer },
    },
  ];
}

/** The dense Qwen3 models (Yang et al. 2025) with the tensor names of Hugging Face transformers. */
const qwen3: Architecture = {
  id: 'qwen3',
  modelTypes: ['qwen3'],
  prefix: 'model.',
  configure: (raw) => rmsDecoder('qwen3', parse(raw), blockTensors, block),
};

export default qwen3;
