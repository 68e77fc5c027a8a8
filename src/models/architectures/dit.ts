import * as v from 'valibot';
import type { Architecture, Step, TensorSpec, Value } from '../architecture';
import { fields, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { columns, finishShape, matrix, range, value, vector } from './shared/shape';
import { addStep, linearStep, linearTensors } from './shared/steps';

/** Epsilon of a block's first norm and of the last one, which config.json does not set. */
const ADAPTIVE_EPSILON = 1e-6;
/** Number of sinusoids of the time step. */
const TIME_FEATURES = 256;

const ID = 'dit';

/** The config.json of diffusers' `DiTTransformer2DModel`, and of `Transformer2DModel`, the name of older files. */
const schema = v.object({
  num_attention_heads: fields.heads,
  attention_head_dim: fields.headWidth,
  in_channels: fields.channels,
  out_channels: v.nullish(fields.channels),
  num_layers: fields.layers,
  sample_size: fields.imageSide,
  patch_size: fields.imageSide,
  num_embeds_ada_norm: fields.vocabulary,
  attention_bias: fields.flag(true),
  norm_eps: v.optional(fields.epsilon, 1e-5),
  norm_type: v.literal('ada_norm_zero'),
  norm_elementwise_affine: v.optional(v.literal(false)),
  activation_fn: v.optional(v.literal('gelu-approximate')),
});

/** Fields that change no output: training, the order of equal computations, and settings of other norms. */
const NEUTRAL = ['dropout', 'upcast_attention', 'norm_num_groups', 'dtype', 'torch_dtype', 'model_type'];

interface Layout extends v.InferOutput<typeof schema> {
  width: number;
  across: number;
  outputChannels: number;
}

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  checkUnknownFields(raw);
  const config = parseConfig(ID, schema, raw);
  const { sample_size: size, patch_size: patch, in_channels: channels } = config;
  const across = size / patch;
  if (!Number.isInteger(across) || across > 256)
    throw unsupportedConfig(
      ID,
      'patch_size',
      `sides of ${size} pixels have no whole number of patches of ${patch}, up to 256`,
    );
  const width = config.num_attention_heads * config.attention_head_dim;
  headWidthOf(ID, width, config.num_attention_heads);
  if (width % 4 !== 0 || width > 2 ** 14)
    throw unsupportedConfig(
      ID,
      'num_attention_heads',
      `the width ${width} is not a multiple of 4 up to 16,384`,
    );
  const outputChannels = config.out_channels ?? channels;
  if (outputChannels !== channels && outputChannels !== 2 * channels)
    throw unsupportedConfig(
      ID,
      'out_channels',
      `it is ${outputChannels}, neither in_channels (${channels}) nor twice that`,
    );
  return { ...config, width, across, outputChannels };
}

/** Refuses every setting that this file does not know, unless its value switches it off. */
function checkUnknownFields(raw: Readonly<Record<string, unknown>>): void {
  const known = new Set([...Object.keys(schema.entries), ...NEUTRAL, 'quantization_config']);
  for (const [field, setting] of Object.entries(raw)) {
    const isOff = setting === null || setting === false;
    if (known.has(field) || field.startsWith('_') || isOff) continue;
    throw unsupportedConfig(ID, field.slice(0, 80), 'this setting of diffusers is not implemented');
  }
}

function tensors(c: Layout): TensorSpec[] {
  const { width, in_channels: channels, patch_size: patch } = c;
  const outputs = patch * patch * c.outputChannels;
  return [
    {
      name: 'pos_embed.proj.weight',
      shape: [width, channels, patch, patch],
      matrix: [width, channels * patch * patch],
      role: 'patch',
    },
    vector('pos_embed.proj.bias', width, 'bias'),
    ...range(c.num_layers).flatMap((i) => blockTensors(c, i)),
    matrix('proj_out_1.weight', 2 * width, width, 'conditioning'),
    vector('proj_out_1.bias', 2 * width, 'bias'),
    matrix('proj_out_2.weight', outputs, width, 'head'),
    vector('proj_out_2.bias', outputs, 'bias'),
  ];
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const at = `transformer_blocks.${i}`;
  const { width } = c;
  const conditioning = (name: string, out: number, inner: number) => [
    matrix(`${at}.norm1.${name}.weight`, out, inner, 'conditioning', i),
    vector(`${at}.norm1.${name}.bias`, out, 'bias', i),
  ];
  const attention = (name: string, biased = true) =>
    linearTensors(`${at}.attn1.${name}`, [width, width], 'attention', i, biased);
  return [
    ...conditioning('emb.timestep_embedder.linear_1', width, TIME_FEATURES),
    ...conditioning('emb.timestep_embedder.linear_2', width, width),
    matrix(labelTable(at), c.num_embeds_ada_norm + 1, width, 'embedding', i),
    ...conditioning('linear', 6 * width, width),
    ...['to_q', 'to_k', 'to_v'].flatMap((name) => attention(name, c.attention_bias)),
    ...attention('to_out.0'),
    ...linearTensors(`${at}.ff.net.0.proj`, [4 * width, width], 'mlp', i),
    ...linearTensors(`${at}.ff.net.2`, [width, 4 * width], 'mlp', i),
  ];
}

function labelTable(block: string): string {
  return `${block}.norm1.emb.class_embedder.embedding_table.weight`;
}

function perSequence(name: string, width: number): Value {
  return { name, width, perSequence: true };
}

const TIME = perSequence('time', TIME_FEATURES);

/** silu(MLP(time) + label), the condition of a block (Peebles and Xie 2023, section 3.2). */
function conditionSteps(block: string, width: number): Step[] {
  const inner = perSequence('time inner', width);
  const label = perSequence('label', width);
  const condition = perSequence('condition', width);
  const mlp = `${block}.norm1.emb.timestep_embedder`;
  return [
    linearStep(`${mlp}.linear_1`, TIME, inner),
    { op: 'silu', value: inner },
    linearStep(`${mlp}.linear_2`, inner, condition),
    { op: 'embedLabels', table: labelTable(block), out: label },
    addStep(label, condition),
    { op: 'silu', value: condition },
  ];
}

/** Part `index` of the shifts, scales and gates that a condition gives. */
function modulation(width: number, index: number): Value {
  return { ...columns('modulation', index * width, width), perSequence: true };
}

/** A block with "adaLN-Zero": a condition scales and shifts both norms and gates both residual branches. */
function block(c: Layout, i: number): Step[] {
  const at = `transformer_blocks.${i}`;
  const { width } = c;
  const residual = value('residual', width);
  const normed = value('normed', width);
  const [query, key, values] = ['query', 'key', 'value'].map((name) => value(name, width));
  const attended = value('attended', width);
  const inner = value('inner', 4 * width);
  const update = value('update', width);
  const [shiftAttention, scaleAttention, gateAttention, shiftMlp, scaleMlp, gateMlp] = range(6).map((part) =>
    modulation(width, part),
  );
  return [
    ...conditionSteps(at, width),
    linearStep(`${at}.norm1.linear`, perSequence('condition', width), perSequence('modulation', 6 * width)),
    adaptiveNorm(c, shiftAttention, scaleAttention, ADAPTIVE_EPSILON),
    linearStep(`${at}.attn1.to_q`, normed, query, c.attention_bias),
    linearStep(`${at}.attn1.to_k`, normed, key, c.attention_bias),
    linearStep(`${at}.attn1.to_v`, normed, values, c.attention_bias),
    attention(c, i, { query, key, value: values, out: attended }),
    linearStep(`${at}.attn1.to_out.0`, attended, update),
    { op: 'gatedAdd', input: update, gate: gateAttention, out: residual },
    adaptiveNorm(c, shiftMlp, scaleMlp, c.norm_eps),
    linearStep(`${at}.ff.net.0.proj`, normed, inner),
    { op: 'gelu', value: inner, form: 'tanh' },
    linearStep(`${at}.ff.net.2`, inner, update),
    { op: 'gatedAdd', input: update, gate: gateMlp, out: residual },
  ];
}

function adaptiveNorm({ width }: Layout, shift: Value, scale: Value, epsilon: number): Step {
  const [input, out] = [value('residual', width), value('normed', width)];
  return { op: 'adaptiveNorm', input, shift, scale, epsilon, out };
}

function attention(c: Layout, layer: number, values: Record<'query' | 'key' | 'value' | 'out', Value>): Step {
  const { num_attention_heads: heads, attention_head_dim: headWidth } = c;
  const sizes = { heads, keyValueHeads: heads, headWidth, causal: false, scale: 1 / Math.sqrt(headWidth) };
  return { op: 'attention', ...values, ...sizes, layer };
}

function prologue(c: Layout): Step[] {
  const out = value('residual', c.width);
  const sizes = { patch: c.patch_size, channels: c.in_channels, size: c.sample_size };
  return [
    { op: 'patches', weight: 'pos_embed.proj.weight', bias: 'pos_embed.proj.bias', ...sizes, out },
    { op: 'addGridPositions', across: c.across, out },
    { op: 'timeFeatures', out: TIME },
  ];
}

/** The last norm, whose condition is that of the first block. */
function epilogue(c: Layout): Step[] {
  const { width } = c;
  return [
    ...conditionSteps('transformer_blocks.0', width),
    linearStep('proj_out_1', perSequence('condition', width), perSequence('modulation', 2 * width)),
    adaptiveNorm(c, modulation(width, 0), modulation(width, 1), ADAPTIVE_EPSILON),
  ];
}

/**
 * Diffusion transformer (Peebles and Xie 2023) in the layout of diffusers' `DiTTransformer2DModel`: it predicts the noise of an
 * image from the noisy image, the time step and a class.
 */
const dit: Architecture = {
  id: ID,
  modelTypes: ['DiTTransformer2DModel', 'Transformer2DModel'],
  prefix: '',
  configure(raw) {
    const c = parse(raw);
    const tokens = c.across ** 2;
    const outputs = c.patch_size ** 2 * c.outputChannels;
    return finishShape({
      architecture: ID,
      task: 'image-diffusion',
      tensors: tensors(c),
      program: {
        prologue: prologue(c),
        blocks: range(c.num_layers).map((i) => block(c, i)),
        epilogue: epilogue(c),
        hidden: value('normed', c.width),
        head: { weight: 'proj_out_2.weight', bias: 'proj_out_2.bias', outputs },
      },
      maxContext: tokens,
      width: c.width,
      vocabulary: c.num_embeds_ada_norm,
      cacheWidths: [],
      image: { size: c.sample_size, channels: c.in_channels, tokens },
      diffusion: {
        classes: c.num_embeds_ada_norm,
        patch: c.patch_size,
        outputChannels: c.outputChannels,
      },
      tiedHead: false,
    });
  },
};

export default dit;
