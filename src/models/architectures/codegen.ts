import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { activationName, fields, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { columns, finishShape, fusedRowOrder, matrix, normPair, range, value, vector } from './shared/shape';
import { activationStep, addStep, layerNormStep, linearStep, linearTensors } from './shared/steps';

/** The config.json of `CodeGenForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  n_positions: fields.context,
  n_embd: fields.width,
  n_layer: fields.layers,
  n_head: fields.heads,
  n_inner: v.optional(v.nullable(fields.inner)),
  rotary_dim: fields.headWidth,
  activation_function: v.optional(activationName, 'gelu_new'),
  layer_norm_epsilon: v.optional(fields.epsilon, 1e-5),
  tie_word_embeddings: fields.flag(false),
});

interface Layout extends v.InferOutput<typeof schema> {
  headWidth: number;
  inner: number;
  rowOrder: Uint32Array;
}

const embedding = 'transformer.wte.weight';
const head = 'lm_head';
/** Number of shards in the fused layer, `mp_num` in transformers; the models were trained with four-way model parallelism. */
const SHARDS = 4;
/** Positions of the queries, keys and values in a shard: the values precede the keys. */
const PART_POSITIONS = [0, 2, 1];

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('codegen', schema, raw);
  const { n_embd: width, n_head: heads, rotary_dim: rotaryDim } = config;
  const headWidth = headWidthOf('codegen', width, heads);
  if (heads % SHARDS !== 0)
    throw unsupportedConfig('codegen', 'n_head', `${heads} is not a multiple of ${SHARDS}`);
  if (rotaryDim % 2 !== 0 || rotaryDim > headWidth)
    throw unsupportedConfig(
      'codegen',
      'rotary_dim',
      `${rotaryDim} is not an even number up to the head width, ${headWidth}`,
    );
  return {
    ...{ ...config, headWidth, inner: config.n_inner ?? 4 * width },
    rowOrder: rowOrder(heads, headWidth),
  };
}

/** Returns the row order of `qkv_proj`, which holds for each shard the queries, the values and the keys of its heads. */
function rowOrder(heads: number, headWidth: number): Uint32Array {
  const perShard = heads / SHARDS;
  return fusedRowOrder(heads, headWidth, (part, h, c) => {
    const position = 3 * Math.floor(h / perShard) + PART_POSITIONS[part];
    return (position * perShard + (h % perShard)) * headWidth + c;
  });
}

function blockTensors({ n_embd: width, inner, rowOrder }: Layout, i: number): TensorSpec[] {
  const at = `transformer.h.${i}`;
  const [qkv] = linearTensors(`${at}.attn.qkv_proj`, [3 * width, width], 'attention', i, false);
  return [
    ...normPair(`${at}.ln_1`, width, i),
    { ...qkv, rowOrder },
    ...linearTensors(`${at}.attn.out_proj`, [width, width], 'attention', i, false),
    ...linearTensors(`${at}.mlp.fc_in`, [inner, width], 'mlp', i),
    ...linearTensors(`${at}.mlp.fc_out`, [width, inner], 'mlp', i),
  ];
}

/** Returns the steps of a parallel block: attention and MLP read the same norm, and both are added to the residual. */
function block(c: Layout, i: number): Step[] {
  const { n_embd: width, n_head: heads, headWidth, rotary_dim: rotaryDim } = c;
  const at = `transformer.h.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const [query, key, values] = range(3).map((part) => columns('qkv', part * width, width));
  const attended = value('attended', width);
  const inner = value('inner', c.inner);
  const rotary = (of: typeof query): Step => ({
    ...{ op: 'rotary', value: of, heads, headWidth, theta: 10_000, rotaryDim, interleaved: true },
  });
  return [
    layerNormStep(`${at}.ln_1`, residual, normed, c.layer_norm_epsilon),
    linearStep(`${at}.attn.qkv_proj`, normed, value('qkv', 3 * width), false),
    rotary(query),
    rotary(key),
    {
      ...{ op: 'attention', query, key, value: values, out: attended },
      ...{ heads, keyValueHeads: heads, headWidth, causal: true, scale: 1 / Math.sqrt(headWidth), layer: i },
    },
    linearStep(`${at}.attn.out_proj`, attended, update, false),
    addStep(update, residual),
    linearStep(`${at}.mlp.fc_in`, normed, inner),
    activationStep(c.activation_function, inner),
    linearStep(`${at}.mlp.fc_out`, inner, update),
    addStep(update, residual),
  ];
}

/** CodeGen (Nijkamp et al. 2022) with the tensor names of Hugging Face transformers. */
const codegen: Architecture = {
  id: 'codegen',
  modelTypes: ['codegen'],
  prefix: 'transformer.',
  configure(raw) {
    const c = parse(raw);
    const { n_embd: width, vocab_size: vocabulary, tie_word_embeddings: tied } = c;
    const layers = range(c.n_layer);
    const residual = value('residual', width);
    const hidden = value('normed', width);
    return finishShape({
      architecture: 'codegen',
      task: 'language-model',
      tensors: [
        matrix(embedding, vocabulary, width, 'embedding'),
        ...layers.flatMap((i) => blockTensors(c, i)),
        ...normPair('transformer.ln_f', width),
        ...(tied ? [] : [matrix(`${head}.weight`, vocabulary, width, 'head')]),
        vector(`${head}.bias`, vocabulary, 'bias'),
      ],
      program: {
        prologue: [{ op: 'embed', table: embedding, out: residual }],
        blocks: layers.map((i) => block(c, i)),
        epilogue: [layerNormStep('transformer.ln_f', residual, hidden, c.layer_norm_epsilon)],
        hidden,
        head: { weight: tied ? embedding : `${head}.weight`, bias: `${head}.bias`, outputs: vocabulary },
      },
      maxContext: c.n_positions,
      width,
      vocabulary,
      cacheWidths: layers.map(() => width),
      tiedHead: tied,
    });
  },
};

export default codegen;
