import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { fields, headWidthOf, parseConfig } from './shared/config';
import { columns, value, vector } from './shared/shape';
import { keyValueHeadsOf, rmsDecoder } from './shared/rmsDecoder';
import { ropeSettings, type RopeSettings } from './shared/rope';
import { addStep, linearStep, linearTensors, rmsNormStep } from './shared/steps';

/** The config.json of `Phi3ForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  intermediate_size: fields.inner,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  num_key_value_heads: v.optional(v.nullable(fields.heads)),
  max_position_embeddings: v.optional(fields.context, 4096),
  rms_norm_eps: v.optional(fields.epsilon, 1e-5),
  /** The length of pretraining, which LongRoPE compares with. */
  original_max_position_embeddings: v.optional(fields.context, 4096),
  hidden_act: v.optional(v.literal('silu'), 'silu'),
  sliding_window: v.optional(v.nullable(fields.context)),
  tie_word_embeddings: fields.flag(false),
});

interface Layout extends v.InferOutput<typeof schema> {
  headWidth: number;
  keyValueHeads: number;
  keyValueWidth: number;
  rope: RopeSettings;
}

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('phi3', schema, raw);
  const heads = config.num_attention_heads;
  const headWidth = headWidthOf('phi3', config.hidden_size, heads);
  const keyValueHeads = keyValueHeadsOf('phi3', heads, config.num_key_value_heads);
  const rope = ropeSettings(raw, {
    ...{ architecture: 'phi3', headWidth, context: config.max_position_embeddings, partial: { factor: 1 } },
    originalContext: config.original_max_position_embeddings,
    // The first models of this kind called LongRoPE otherwise.
    ...{ types: ['default', 'longrope'], aliases: { su: 'longrope', yarn: 'longrope' } },
  });
  return { ...config, headWidth, keyValueHeads, keyValueWidth: keyValueHeads * headWidth, rope };
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const { hidden_size: width, intermediate_size: inner } = c;
  const at = `model.layers.${i}`;
  const attention = (name: string, shape: readonly [number, number]) =>
    linearTensors(`${at}.self_attn.${name}`, shape, 'attention', i, false);
  const mlp = (name: string, shape: readonly [number, number]) =>
    linearTensors(`${at}.mlp.${name}`, shape, 'mlp', i, false);
  return [
    vector(`${at}.input_layernorm.weight`, width, 'norm', i),
    ...attention('qkv_proj', [width + 2 * c.keyValueWidth, width]),
    ...attention('o_proj', [width, width]),
    vector(`${at}.post_attention_layernorm.weight`, width, 'norm', i),
    ...mlp('gate_up_proj', [2 * inner, width]),
    ...mlp('down_proj', [width, inner]),
  ];
}

function block(c: Layout, i: number): Step[] {
  const { hidden_size: width, intermediate_size: inner, rms_norm_eps: epsilon } = c;
  const at = `model.layers.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const [gate, up] = [columns('gate and up', 0, inner), columns('gate and up', inner, inner)];
  return [
    rmsNormStep(`${at}.input_layernorm`, residual, normed, epsilon),
    linearStep(`${at}.self_attn.qkv_proj`, normed, value('qkv', width + 2 * c.keyValueWidth), false),
    ...attention(c, i),
    linearStep(`${at}.self_attn.o_proj`, value('attended', width), update, false),
    addStep(update, residual),
    rmsNormStep(`${at}.post_attention_layernorm`, residual, normed, epsilon),
    linearStep(`${at}.mlp.gate_up_proj`, normed, value('gate and up', 2 * inner), false),
    { op: 'siluGate', gate, up, out: gate },
    linearStep(`${at}.mlp.down_proj`, gate, update, false),
    addStep(update, residual),
  ];
}

function attention(c: Layout, layer: number): Step[] {
  const { hidden_size: width, num_attention_heads: heads, keyValueHeads, keyValueWidth } = c;
  const { headWidth, rope, sliding_window: window } = c;
  const query = columns('qkv', 0, width);
  const key = columns('qkv', width, keyValueWidth);
  const values = columns('qkv', width + keyValueWidth, keyValueWidth);
  return [
    { op: 'rotary', value: query, heads, headWidth, ...rope },
    { op: 'rotary', value: key, heads: keyValueHeads, headWidth, ...rope },
    {
      ...{ op: 'attention', query, key, value: values, out: value('attended', width) },
      ...{ heads, keyValueHeads, headWidth, causal: true, scale: 1 / Math.sqrt(headWidth), layer },
      ...(window && { window }),
    },
  ];
}

/** Phi-3 (Abdin et al. 2024) with the tensor names of Hugging Face transformers. */
const phi3: Architecture = {
  id: 'phi3',
  modelTypes: ['phi3'],
  prefix: 'model.',
  configure: (raw) => rmsDecoder('phi3', parse(raw), blockTensors, block),
};

export default phi3;
