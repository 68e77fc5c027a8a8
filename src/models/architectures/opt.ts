import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { activationName, fields, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { finishShape, matrix, normPair, range, value } from './shared/shape';
import { activationStep, addStep, layerNormStep, linearStep, linearTensors } from './shared/steps';

/** The config.json of `OPTForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  ffn_dim: fields.inner,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  max_position_embeddings: v.optional(fields.context, 2048),
  activation_function: v.optional(activationName, 'relu'),
  word_embed_proj_dim: v.optional(v.nullable(fields.width)),
  do_layer_norm_before: fields.only(true),
  _remove_final_layer_norm: fields.only(false),
  enable_bias: fields.only(true),
  layer_norm_elementwise_affine: fields.only(true),
  tie_word_embeddings: fields.flag(true),
});
type Config = v.InferOutput<typeof schema>;

const root = 'model.decoder';
const embedding = `${root}.embed_tokens.weight`;
const positions = `${root}.embed_positions.weight`;
const head = 'lm_head.weight';
/** The first position's row: `OPTLearnedPositionalEmbedding` reserves two rows for padding. */
const OFFSET = 2;
/** The default of `nn.LayerNorm`, since config.json has no field for it. */
const EPSILON = 1e-5;

function parse(raw: Readonly<Record<string, unknown>>): Config {
  const config = parseConfig('opt', schema, raw);
  const { hidden_size: width, word_embed_proj_dim: projected } = config;
  if (projected && projected !== width)
    throw unsupportedConfig(
      'opt',
      'word_embed_proj_dim',
      `it is ${projected}, but must equal the model width, ${width}`,
    );
  headWidthOf('opt', width, config.num_attention_heads);
  return config;
}

function blockTensors({ hidden_size: width, ffn_dim: inner }: Config, i: number): TensorSpec[] {
  const at = `${root}.layers.${i}`;
  return [
    ...normPair(`${at}.self_attn_layer_norm`, width, i),
    ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) =>
      linearTensors(`${at}.self_attn.${name}`, [width, width], 'attention', i),
    ),
    ...normPair(`${at}.final_layer_norm`, width, i),
    ...linearTensors(`${at}.fc1`, [inner, width], 'mlp', i),
    ...linearTensors(`${at}.fc2`, [width, inner], 'mlp', i),
  ];
}

function block(config: Config, i: number): Step[] {
  const { hidden_size: width, num_attention_heads: heads } = config;
  const at = `${root}.layers.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const [query, key, values] = ['query', 'key', 'value'].map((name) => value(name, width));
  const attended = value('attended', width);
  const inner = value('inner', config.ffn_dim);
  const headWidth = width / heads;
  return [
    layerNormStep(`${at}.self_attn_layer_norm`, residual, normed, EPSILON),
    linearStep(`${at}.self_attn.q_proj`, normed, query),
    linearStep(`${at}.self_attn.k_proj`, normed, key),
    linearStep(`${at}.self_attn.v_proj`, normed, values),
    {
      ...{ op: 'attention', query, key, value: values, out: attended },
      ...{ heads, keyValueHeads: heads, headWidth, causal: true, scale: 1 / Math.sqrt(headWidth), layer: i },
    },
    linearStep(`${at}.self_attn.out_proj`, attended, update),
    addStep(update, residual),
    layerNormStep(`${at}.final_layer_norm`, residual, normed, EPSILON),
    linearStep(`${at}.fc1`, normed, inner),
    activationStep(config.activation_function, inner),
    linearStep(`${at}.fc2`, inner, update),
    addStep(update, residual),
  ];
}

/** OPT (Zhang et al. 2022) with pre-layer norms (all sizes but 350m) and the tensor names of Hugging Face transformers. */
const opt: Architecture = {
  id: 'opt',
  modelTypes: ['opt'],
  prefix: 'model.',
  configure(raw) {
    const config = parse(raw);
    const { hidden_size: width, vocab_size: vocabulary, tie_word_embeddings: tied } = config;
    const layers = range(config.num_hidden_layers);
    const context = config.max_position_embeddings;
    const residual = value('residual', width);
    const hidden = value('normed', width);
    return finishShape({
      architecture: 'opt',
      task: 'language-model',
      tensors: [
        matrix(embedding, vocabulary, width, 'embedding'),
        matrix(positions, context + OFFSET, width, 'position'),
        ...layers.flatMap((i) => blockTensors(config, i)),
        ...normPair(`${root}.final_layer_norm`, width),
        ...(tied ? [] : [matrix(head, vocabulary, width, 'head')]),
      ],
      program: {
        prologue: [
          { op: 'embed', table: embedding, out: residual },
          { op: 'addPositions', table: positions, out: residual, offset: OFFSET },
        ],
        blocks: layers.map((i) => block(config, i)),
        epilogue: [layerNormStep(`${root}.final_layer_norm`, residual, hidden, EPSILON)],
        hidden,
        head: { weight: tied ? embedding : head, outputs: vocabulary },
      },
      maxContext: context,
      width,
      vocabulary,
      cacheWidths: layers.map(() => width),
      tiedHead: tied,
    });
  },
};

export default opt;
