import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { activationName, fields, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { columns, finishShape, fusedRowOrder, matrix, normPair, range, value } from './shared/shape';
import { ropeSettings, rotaryContext, type RopeSettings } from './shared/rope';
import { activationStep, addStep, layerNormStep, linearStep, linearTensors } from './shared/steps';

/** The config.json of `GPTNeoXForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  intermediate_size: fields.inner,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  max_position_embeddings: v.optional(fields.context, 2048),
  hidden_act: v.optional(activationName, 'gelu'),
  layer_norm_eps: v.optional(fields.epsilon, 1e-5),
  attention_bias: fields.flag(true),
  use_parallel_residual: fields.flag(true),
  tie_word_embeddings: fields.flag(false),
});

interface Layout extends v.InferOutput<typeof schema> {
  headWidth: number;
  rope: RopeSettings;
  rowOrder: Uint32Array;
}

const root = 'gpt_neox';
const embedding = `${root}.embed_in.weight`;
const head = 'embed_out.weight';
const DEFAULT_ROTARY_FACTOR = 0.25;

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('gpt-neox', schema, raw);
  const heads = config.num_attention_heads;
  const headWidth = headWidthOf('gpt-neox', config.hidden_size, heads);
  const rope = ropeSettings(raw, {
    ...{ architecture: 'gpt-neox', headWidth, context: config.max_position_embeddings },
    names: { theta: 'rotary_emb_base', partialFactor: 'rotary_pct' },
    partial: { factor: DEFAULT_ROTARY_FACTOR },
  });
  checkOtherNames(raw, rope, headWidth);
  // `query_key_value` holds the query, the key and the value of each head in turn.
  const rowOrder = fusedRowOrder(heads, headWidth, (part, h, c) => (3 * h + part) * headWidth + c);
  return { ...config, headWidth, rope, rowOrder };
}

/** Refuses rotary settings under the names of other architectures, which transformers does not read, if they differ. */
function checkOtherNames(
  raw: Readonly<Record<string, unknown>>,
  rope: RopeSettings,
  headWidth: number,
): void {
  const { theta, rotaryDim = headWidth } = rope;
  const { rope_theta: otherTheta = theta, partial_rotary_factor: otherFactor } = raw;
  if (otherTheta !== theta)
    throw unsupportedConfig('gpt-neox', 'rope_theta', 'transformers reads rotary_emb_base instead');
  if (otherFactor !== undefined && Math.floor(headWidth * Number(otherFactor)) !== rotaryDim)
    throw unsupportedConfig('gpt-neox', 'partial_rotary_factor', 'transformers reads rotary_pct instead');
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const { hidden_size: width, intermediate_size: inner, attention_bias: biased, rowOrder } = c;
  const at = `${root}.layers.${i}`;
  const qkv = linearTensors(`${at}.attention.query_key_value`, [3 * width, width], 'attention', i, biased);
  return [
    ...normPair(`${at}.input_layernorm`, width, i),
    ...qkv.map((tensor) => ({ ...tensor, rowOrder })),
    ...linearTensors(`${at}.attention.dense`, [width, width], 'attention', i, biased),
    ...normPair(`${at}.post_attention_layernorm`, width, i),
    ...linearTensors(`${at}.mlp.dense_h_to_4h`, [inner, width], 'mlp', i),
    ...linearTensors(`${at}.mlp.dense_4h_to_h`, [width, inner], 'mlp', i),
  ];
}

function block(c: Layout, i: number): Step[] {
  const width = c.hidden_size;
  const at = `${root}.layers.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const attended = value('attended', width);
  const inner = value('inner', c.intermediate_size);
  const second = layerNormStep(`${at}.post_attention_layernorm`, residual, normed, c.layer_norm_eps);
  const addAttention = addStep(update, residual);
  return [
    layerNormStep(`${at}.input_layernorm`, residual, normed, c.layer_norm_eps),
    linearStep(`${at}.attention.query_key_value`, normed, value('qkv', 3 * width), c.attention_bias),
    ...attention(c, i),
    linearStep(`${at}.attention.dense`, attended, update, c.attention_bias),
    // With the parallel residual, the MLP reads the input of the block; otherwise it reads the sum of input and attention.
    ...(c.use_parallel_residual ? [second, addAttention] : [addAttention, second]),
    linearStep(`${at}.mlp.dense_h_to_4h`, normed, inner),
    activationStep(c.hidden_act, inner),
    linearStep(`${at}.mlp.dense_4h_to_h`, inner, update),
    addStep(update, residual),
  ];
}

function attention(c: Layout, layer: number): Step[] {
  const { hidden_size: width, num_attention_heads: heads, headWidth, rope } = c;
  const [query, key, values] = range(3).map((part) => columns('qkv', part * width, width));
  return [
    { op: 'rotary', value: query, heads, headWidth, ...rope },
    { op: 'rotary', value: key, heads, headWidth, ...rope },
    {
      ...{ op: 'attention', query, key, value: values, out: value('attended', width) },
      ...{ heads, keyValueHeads: heads, headWidth, causal: true, scale: 1 / Math.sqrt(headWidth), layer },
    },
  ];
}

/** GPT-NeoX (Black et al. 2022), the architecture of Pythia, with the tensor names of Hugging Face transformers. */
const gptNeox: Architecture = {
  id: 'gpt-neox',
  modelTypes: ['gpt_neox'],
  prefix: 'gpt_neox.',
  configure(raw) {
    const c = parse(raw);
    const { hidden_size: width, vocab_size: vocabulary, tie_word_embeddings: tied } = c;
    const layers = range(c.num_hidden_layers);
    const residual = value('residual', width);
    const hidden = value('normed', width);
    return finishShape({
      architecture: 'gpt-neox',
      task: 'language-model',
      tensors: [
        matrix(embedding, vocabulary, width, 'embedding'),
        ...layers.flatMap((i) => blockTensors(c, i)),
        ...normPair(`${root}.final_layer_norm`, width),
        ...(tied ? [] : [matrix(head, vocabulary, width, 'head')]),
      ],
      program: {
        prologue: [{ op: 'embed', table: embedding, out: residual }],
        blocks: layers.map((i) => block(c, i)),
        epilogue: [layerNormStep(`${root}.final_layer_norm`, residual, hidden, c.layer_norm_eps)],
        hidden,
        head: { weight: tied ? embedding : head, outputs: vocabulary },
      },
      maxContext: rotaryContext(c.rope, c.max_position_embeddings),
      width,
      vocabulary,
      cacheWidths: layers.map(() => width),
      tiedHead: tied,
    });
  },
};

export default gptNeox;
