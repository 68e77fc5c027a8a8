import * as v from 'valibot';
import type { Architecture, Step, TensorSpec } from '../architecture';
import { activationName, fields, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { finishShape, matrix, normPair, range, value } from './shared/shape';
import { activationStep, addStep, layerNormStep, linearStep, linearTensors } from './shared/steps';

const attentionType = v.picklist(['global', 'local'], 'an attention layer must be global or local');
type AttentionType = v.InferOutput<typeof attentionType>;

/** The config.json of `GPTNeoForCausalLM`. */
const schema = v.object({
  vocab_size: fields.vocabulary,
  hidden_size: fields.width,
  num_layers: fields.layers,
  num_heads: fields.heads,
  intermediate_size: v.optional(v.nullable(fields.inner)),
  max_position_embeddings: v.optional(fields.context, 2048),
  /** Patterns with their numbers of repetitions. transformers expands them and ignores `attention_layers`. */
  attention_types: v.optional(
    v.pipe(v.array(v.tuple([v.array(attentionType), fields.layers])), v.maxLength(256)),
  ),
  window_size: v.optional(fields.context, 256),
  activation_function: v.optional(activationName, 'gelu_new'),
  layer_norm_epsilon: v.optional(fields.epsilon, 1e-5),
  tie_word_embeddings: fields.flag(true),
});

interface Layout extends v.InferOutput<typeof schema> {
  inner: number;
  /** The attention type of each layer. */
  attentionTypes: readonly AttentionType[];
}

const embedding = 'transformer.wte.weight';
const positions = 'transformer.wpe.weight';
const head = 'lm_head.weight';

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('gpt-neo', schema, raw);
  const { hidden_size: width, num_layers: layers } = config;
  headWidthOf('gpt-neo', width, config.num_heads);
  const types = config.attention_types ?? [[['global', 'local'], 12] as [AttentionType[], number]];
  const length = types.reduce((sum, [pattern, times]) => sum + pattern.length * times, 0);
  if (length !== layers)
    throw unsupportedConfig(
      'gpt-neo',
      'attention_types',
      `it lists ${length} layers, but the model has ${layers}`,
    );
  const attentionTypes = types.flatMap(([pattern, times]) => range(times).flatMap(() => pattern));
  return { ...config, inner: config.intermediate_size ?? 4 * width, attentionTypes };
}

function blockTensors({ hidden_size: width, inner }: Layout, i: number): TensorSpec[] {
  const at = `transformer.h.${i}`;
  const attention = (name: string, biased: boolean) =>
    linearTensors(`${at}.attn.attention.${name}`, [width, width], 'attention', i, biased);
  return [
    ...normPair(`${at}.ln_1`, width, i),
    ...['q_proj', 'k_proj', 'v_proj'].flatMap((name) => attention(name, false)),
    ...attention('out_proj', true),
    ...normPair(`${at}.ln_2`, width, i),
    ...linearTensors(`${at}.mlp.c_fc`, [inner, width], 'mlp', i),
    ...linearTensors(`${at}.mlp.c_proj`, [width, inner], 'mlp', i),
  ];
}

function block(c: Layout, i: number): Step[] {
  const { hidden_size: width, num_heads: heads, layer_norm_epsilon: epsilon } = c;
  const at = `transformer.h.${i}`;
  const [residual, normed, update] = ['residual', 'normed', 'update'].map((name) => value(name, width));
  const [query, key, values] = ['query', 'key', 'value'].map((name) => value(name, width));
  const attended = value('attended', width);
  const inner = value('inner', c.inner);
  return [
    layerNormStep(`${at}.ln_1`, residual, normed, epsilon),
    linearStep(`${at}.attn.attention.q_proj`, normed, query, false),
    linearStep(`${at}.attn.attention.k_proj`, normed, key, false),
    linearStep(`${at}.attn.attention.v_proj`, normed, values, false),
    {
      ...{ op: 'attention', query, key, value: values, out: attended },
      // GPT-Neo does not divide its scores by √(head width).
      ...{ heads, keyValueHeads: heads, headWidth: width / heads, causal: true, scale: 1, layer: i },
      ...(c.attentionTypes[i] === 'local' && { window: c.window_size }),
    },
    linearStep(`${at}.attn.attention.out_proj`, attended, update),
    addStep(update, residual),
    layerNormStep(`${at}.ln_2`, residual, normed, epsilon),
    linearStep(`${at}.mlp.c_fc`, normed, inner),
    activationStep(c.activation_function, inner),
    linearStep(`${at}.mlp.c_proj`, inner, update),
    addStep(update, residual),
  ];
}

/** GPT-Neo (Black et al. 2021), a GPT-2 in which every other attention is local, with the tensor names of transformers. */
const gptNeo: Architecture = {
  id: 'gpt-neo',
  modelTypes: ['gpt_neo'],
  prefix: 'transformer.',
  configure(raw) {
    const c = parse(raw);
    const { hidden_size: width, vocab_size: vocabulary, tie_word_embeddings: tied } = c;
    const layers = range(c.num_layers);
    const residual = value('residual', width);
    const hidden = value('normed', width);
    return finishShape({
      architecture: 'gpt-neo',
      task: 'language-model',
      tensors: [
        matrix(embedding, vocabulary, width, 'embedding'),
        matrix(positions, c.max_position_embeddings, width, 'position'),
        ...layers.flatMap((i) => blockTensors(c, i)),
        ...normPair('transformer.ln_f', width),
        ...(tied ? [] : [matrix(head, vocabulary, width, 'head')]),
      ],
      program: {
        prologue: [
          { op: 'embed', table: embedding, out: residual },
          { op: 'addPositions', table: positions, out: residual },
        ],
        blocks: layers.map((i) => block(c, i)),
        epilogue: [layerNormStep('transformer.ln_f', residual, hidden, c.layer_norm_epsilon)],
        hidden,
        head: { weight: tied ? embedding : head, outputs: vocabulary },
      },
      maxContext: c.max_position_embeddings,
      width,
      vocabulary,
      cacheWidths: layers.map(() => width),
      tiedHead: tied,
    });
  },
};

export default gptNeo;
