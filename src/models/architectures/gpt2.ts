import * as v from 'valibot';
import type { Architecture, Step, TensorSpec, Value } from '../architecture';
import { fields, geluForm, geluName, headWidthOf, parseConfig } from './shared/config';
import {
  columns,
  finishShape,
  matrix,
  normPair,
  range,
  transposedMatrix,
  value,
  vector,
} from './shared/shape';
import { addStep, layerNormStep, linearStep } from './shared/steps';

/** The config.json of `GPT2LMHeadModel`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  n_positions: fields.context,
  n_embd: fields.width,
  n_layer: fields.layers,
  n_head: fields.heads,
  n_inner: v.optional(v.nullable(fields.inner)),
  activation_function: v.optional(geluName, 'gelu_new'),
  layer_norm_epsilon: v.optional(fields.epsilon, 1e-5),
  scale_attn_weights: fields.flag(true),
  scale_attn_by_inverse_layer_idx: fields.flag(false),
  add_cross_attention: fields.only(false),
  tie_word_embeddings: fields.flag(true),
});
type Config = v.InferOutput<typeof schema>;

const embedding = 'transformer.wte.weight';
const positions = 'transformer.wpe.weight';

function tensors(config: Config): TensorSpec[] {
  const { n_embd: width, vocab_size: vocabulary } = config;
  return [
    matrix(embedding, vocabulary, width, 'embedding'),
    matrix(positions, config.n_positions, width, 'position'),
    ...range(config.n_layer).flatMap((i) => blockTensors(config, i)),
    ...normPair('transformer.ln_f', width),
    ...(config.tie_word_embeddings ? [] : [matrix('lm_head.weight', vocabulary, width, 'head')]),
  ];
}

/** Returns the tensors of a block. The linear layers of the checkpoint are `Conv1D`, which stores [in, out]. */
function blockTensors(config: Config, i: number): TensorSpec[] {
  const at = `transformer.h.${i}`;
  const width = config.n_embd;
  const inner = config.n_inner ?? 4 * width;
  return [
    ...normPair(`${at}.ln_1`, width, i),
    transposedMatrix(`${at}.attn.c_attn.weight`, 3 * width, width, 'attention', i),
    vector(`${at}.attn.c_attn.bias`, 3 * width, 'bias', i),
    transposedMatrix(`${at}.attn.c_proj.weight`, width, width, 'attention', i),
    vector(`${at}.attn.c_proj.bias`, width, 'bias', i),
    ...normPair(`${at}.ln_2`, width, i),
    transposedMatrix(`${at}.mlp.c_fc.weight`, inner, width, 'mlp', i),
    vector(`${at}.mlp.c_fc.bias`, inner, 'bias', i),
    transposedMatrix(`${at}.mlp.c_proj.weight`, width, inner, 'mlp', i),
    vector(`${at}.mlp.c_proj.bias`, width, 'bias', i),
  ];
}

function block(config: Config, i: number): Step[] {
  const at = `transformer.h.${i}`;
  const width = config.n_embd;
  const epsilon = config.layer_norm_epsilon;
  const residual = value('residual', width);
  const normed = value('normed', width);
  const qkv = value('qkv', 3 * width);
  const attended = value('attended', width);
  const inner = value('inner', config.n_inner ?? 4 * width);
  const update = value('update', width);
  const linear = (name: string, input: Value, out: Value): Step => linearStep(`${at}.${name}`, input, out);
  const norm = (name: string): Step => layerNormStep(`${at}.${name}`, residual, normed, epsilon);
  return [
    norm('ln_1'),
    linear('attn.c_attn', normed, qkv),
    {
      op: 'attention',
      query: columns('qkv', 0, width),
      key: columns('qkv', width, width),
      value: columns('qkv', 2 * width, width),
      out: attended,
      heads: config.n_head,
      keyValueHeads: config.n_head,
      headWidth: width / config.n_head,
      causal: true,
      scale: attentionScale(config, i),
      layer: i,
    },
    linear('attn.c_proj', attended, update),
    addStep(update, residual),
    norm('ln_2'),
    linear('mlp.c_fc', normed, inner),
    { op: 'gelu', value: inner, form: geluForm(config.activation_function) },
    linear('mlp.c_proj', inner, update),
    addStep(update, residual),
  ];
}

function attentionScale(config: Config, layer: number): number {
  const scale = config.scale_attn_weights ? 1 / Math.sqrt(config.n_embd / config.n_head) : 1;
  return config.scale_attn_by_inverse_layer_idx ? scale / (layer + 1) : scale;
}

/** GPT-2 (Radford et al. 2019) with the tensor names of Hugging Face transformers. */
const gpt2: Architecture = {
  id: 'gpt2',
  modelTypes: ['gpt2'],
  prefix: 'transformer.',
  configure(raw) {
    const config = parseConfig('gpt2', schema, raw);
    const { n_embd: width, n_layer: layers, vocab_size: vocabulary } = config;
    headWidthOf('gpt2', width, config.n_head);
    const residual = value('residual', width);
    const hidden = value('normed', width);
    return finishShape({
      architecture: 'gpt2',
      task: 'language-model',
      tensors: tensors(config),
      program: {
        prologue: [
          { op: 'embed', table: embedding, out: residual },
          { op: 'addPositions', table: positions, out: residual },
        ],
        blocks: range(layers).map((i) => block(config, i)),
        epilogue: [
          {
            op: 'layerNorm',
            input: residual,
            weight: 'transformer.ln_f.weight',
            bias: 'transformer.ln_f.bias',
            epsilon: config.layer_norm_epsilon,
            out: hidden,
          },
        ],
        hidden,
        head: { weight: config.tie_word_embeddings ? embedding : 'lm_head.weight', outputs: vocabulary },
      },
      maxContext: config.n_positions,
      width,
      vocabulary,
      cacheWidths: range(layers).map(() => width),
      tiedHead: config.tie_word_embeddings,
    });
  },
};

export default gpt2;
