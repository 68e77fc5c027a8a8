import * as v from 'valibot';
import type { Architecture, Step, TensorSpec, Value } from '../architecture';
import { fields, headWidthOf, parseConfig } from './shared/config';
import { matrix, value, vector } from './shared/shape';
import { keyValueHeadsOf, queryWidthOf, rmsDecoder } from './shared/rmsDecoder';
import { ropeSettings, type RopeSettings } from './shared/rope';
import { addStep, linearStep, rmsNormStep } from './shared/steps';

/** The config.json of `LlamaForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  intermediate_size: fields.inner,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  num_key_value_heads: v.optional(v.nullable(fields.heads)),
  head_dim: v.optional(v.nullable(fields.headWidth)),
  max_position_embeddings: v.optional(fields.context, 2048),
  rms_norm_eps: v.optional(fields.epsilon, 1e-6),
  hidden_act: v.optional(v.literal('silu'), 'silu'),
  attention_bias: fields.flag(false),
  mlp_bias: fields.flag(false),
  tie_word_embeddings: fields.flag(false),
});

interface Layout extends v.InferOutput<typeof schema> {
  headWidth: number;
  queryWidth: number;
  keyValueHeads: number;
  keyValueWidth: number;
  rope: RopeSettings;
}

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('llama', schema, raw);
  const heads = config.num_attention_heads;
  const headWidth = config.head_dim ?? headWidthOf('llama', config.hidden_size, heads);
  const keyValueHeads = keyValueHeadsOf('llama', heads, config.num_key_value_heads);
  return {
    ...config,
    headWidth,
    keyValueHeads,
    rope: ropeSettings(raw, { architecture: 'llama', headWidth, context: config.max_position_embeddings }),
    queryWidth: queryWidthOf('llama', heads, headWidth),
    keyValueWidth: keyValueHeads * headWidth,
  };
}

/** A linear layer of a block, [out, inner], with a bias only if the config has one. */
interface Linear {
  name: string;
  out: number;
  inner: number;
  role: 'attention' | 'mlp';
  biased: boolean;
}

function linears(c: Layout): Record<'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down', Linear> {
  const attention = (name: string, out: number, inner: number): Linear => {
    return { name: `self_attn.${name}_proj`, out, inner, role: 'attention', biased: c.attention_bias };
  };
  const mlp = (name: string, out: number, inner: number): Linear => {
    return { name: `mlp.${name}_proj`, out, inner, role: 'mlp', biased: c.mlp_bias };
  };
  return {
    q: attention('q', c.queryWidth, c.hidden_size),
    k: attention('k', c.keyValueWidth, c.hidden_size),
    v: attention('v', c.keyValueWidth, c.hidden_size),
    o: attention('o', c.hidden_size, c.queryWidth),
    gate: mlp('gate', c.intermediate_size, c.hidden_size),
    up: mlp('up', c.intermediate_size, c.hidden_size),
    down: mlp('down', c.hidden_size, c.intermediate_size),
  };
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const at = `model.layers.${i}`;
  return [
    vector(`${at}.input_layernorm.weight`, c.hidden_size, 'norm', i),
    ...Object.values(linears(c)).flatMap(({ name, out, inner, role, biased }) => [
      matrix(`${at}.${name}.weight`, out, inner, role, i),
      ...(biased ? [vector(`${at}.${name}.bias`, out, 'bias', i)] : []),
    ]),
    vector(`${at}.post_attention_layernorm.weight`, c.hidden_size, 'norm', i),
  ];
}

function block(c: Layout, i: number): Step[] {
  const at = `model.layers.${i}`;
  const layer = linears(c);
  const residual = value('residual', c.hidden_size);
  const normed = value('normed', c.hidden_size);
  const query = value('query', c.queryWidth);
  const key = value('key', c.keyValueWidth);
  const values = value('value', c.keyValueWidth);
  const attended = value('attended', c.queryWidth);
  const gate = value('gate', c.intermediate_size);
  const up = value('up', c.intermediate_size);
  const update = value('update', c.hidden_size);
  const linear = ({ name, biased }: Linear, input: Value, out: Value): Step =>
    linearStep(`${at}.${name}`, input, out, biased);
  return [
    rmsNormStep(`${at}.input_layernorm`, residual, normed, c.rms_norm_eps),
    linear(layer.q, normed, query),
    linear(layer.k, normed, key),
    linear(layer.v, normed, values),
    rotary(c, query, c.num_attention_heads),
    rotary(c, key, c.keyValueHeads),
    attention(c, i, { query, key, value: values, out: attended }),
    linear(layer.o, attended, update),
    addStep(update, residual),
    rmsNormStep(`${at}.post_attention_layernorm`, residual, normed, c.rms_norm_eps),
    linear(layer.gate, normed, gate),
    linear(layer.up, normed, up),
    { op: 'siluGate', gate, up, out: gate },
    linear(layer.down, gate, update),
    addStep(update, residual),
  ];
}

function rotary(c: Layout, of: Value, heads: number): Step {
  return { op: 'rotary', value: of, heads, headWidth: c.headWidth, ...c.rope };
}

function attention(c: Layout, layer: number, values: Record<'query' | 'key' | 'value' | 'out', Value>): Step {
  return {
    op: 'attention',
    ...values,
    heads: c.num_attention_heads,
    keyValueHeads: c.keyValueHeads,
    headWidth: c.headWidth,
    causal: true,
    scale: 1 / Math.sqrt(c.headWidth),
    layer,
  };
}

/** Llama (Touvron et al. 2023) with grouped-query attention and the tensor names of Hugging Face transformers. */
const llama: Architecture = {
  id: 'llama',
  modelTypes: ['llama'],
  prefix: 'model.',
  configure: (raw) => rmsDecoder('llama', parse(raw), blockTensors, block),
};

export default llama;
