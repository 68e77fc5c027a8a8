import * as v from 'valibot';
import type { Architecture, Step, TensorSpec, Value } from '../architecture';
import { fields, geluForm, geluName, headWidthOf, parseConfig, unsupportedConfig } from './shared/config';
import { finishShape, matrix, normPair, range, value, vector } from './shared/shape';
import { addStep, layerNormStep, linearStep } from './shared/steps';

/** The config.json of `ViTForImageClassification`. */
const schema = v.object({
  hidden_size: fields.width,
  num_hidden_layers: fields.layers,
  num_attention_heads: fields.heads,
  intermediate_size: fields.inner,
  hidden_act: v.optional(geluName, 'gelu'),
  layer_norm_eps: v.optional(fields.epsilon, 1e-12),
  image_size: fields.imageSide,
  patch_size: fields.imageSide,
  num_channels: v.optional(fields.channels, 3),
  qkv_bias: fields.flag(true),
  id2label: v.optional(v.record(v.string(), v.string())),
  num_labels: v.optional(fields.vocabulary),
});

interface Layout extends v.InferOutput<typeof schema> {
  tokens: number;
  labels: number;
}

const embeddings = 'vit.embeddings';
const projection = `${embeddings}.patch_embeddings.projection`;

function parse(raw: Readonly<Record<string, unknown>>): Layout {
  const config = parseConfig('vit', schema, raw);
  const patchesPerSide = config.image_size / config.patch_size;
  if (!Number.isInteger(patchesPerSide))
    throw unsupportedConfig(
      'vit',
      'patch_size',
      `${config.patch_size} does not divide the image size, ${config.image_size}`,
    );
  if (patchesPerSide > 256)
    throw unsupportedConfig(
      'vit',
      'patch_size',
      `${patchesPerSide} × ${patchesPerSide} patches exceed 256 × 256`,
    );
  headWidthOf('vit', config.hidden_size, config.num_attention_heads);
  const labels = config.id2label ? Object.keys(config.id2label).length : (config.num_labels ?? 2);
  if (labels === 0) throw unsupportedConfig('vit', 'id2label', 'it has no classes');
  return { ...config, tokens: 1 + patchesPerSide * patchesPerSide, labels };
}

function tensors(c: Layout): TensorSpec[] {
  const { hidden_size: width, num_channels: channels, patch_size: patch } = c;
  return [
    { name: `${embeddings}.cls_token`, shape: [1, 1, width], matrix: [1, width], role: 'class-token' },
    {
      name: `${embeddings}.position_embeddings`,
      shape: [1, c.tokens, width],
      matrix: [c.tokens, width],
      role: 'position',
    },
    {
      name: `${projection}.weight`,
      shape: [width, channels, patch, patch],
      matrix: [width, channels * patch * patch],
      role: 'patch',
    },
    vector(`${projection}.bias`, width, 'bias'),
    ...range(c.num_hidden_layers).flatMap((i) => blockTensors(c, i)),
    ...normPair('vit.layernorm', width),
    matrix('classifier.weight', c.labels, width, 'classifier'),
    vector('classifier.bias', c.labels, 'bias'),
  ];
}

function blockTensors(c: Layout, i: number): TensorSpec[] {
  const at = `vit.encoder.layer.${i}`;
  const width = c.hidden_size;
  const linear = (name: string, out: number, inner: number, role: 'attention' | 'mlp', biased = true) => [
    matrix(`${at}.${name}.weight`, out, inner, role, i),
    ...(biased ? [vector(`${at}.${name}.bias`, out, 'bias', i)] : []),
  ];
  return [
    ...normPair(`${at}.layernorm_before`, width, i),
    ...linear('attention.attention.query', width, width, 'attention', c.qkv_bias),
    ...linear('attention.attention.key', width, width, 'attention', c.qkv_bias),
    ...linear('attention.attention.value', width, width, 'attention', c.qkv_bias),
    ...linear('attention.output.dense', width, width, 'attention'),
    ...normPair(`${at}.layernorm_after`, width, i),
    ...linear('intermediate.dense', c.intermediate_size, width, 'mlp'),
    ...linear('output.dense', width, c.intermediate_size, 'mlp'),
  ];
}

function block(c: Layout, i: number): Step[] {
  const at = `vit.encoder.layer.${i}`;
  const width = c.hidden_size;
  const residual = value('residual', width);
  const normed = value('normed', width);
  const [query, key, values] = ['query', 'key', 'value'].map((name) => value(name, width));
  const attended = value('attended', width);
  const inner = value('inner', c.intermediate_size);
  const update = value('update', width);
  const linear = (name: string, input: Value, out: Value, biased = true): Step =>
    linearStep(`${at}.${name}`, input, out, biased);
  return [
    norm(c, `${at}.layernorm_before`),
    linear('attention.attention.query', normed, query, c.qkv_bias),
    linear('attention.attention.key', normed, key, c.qkv_bias),
    linear('attention.attention.value', normed, values, c.qkv_bias),
    attention(c, i, { query, key, value: values, out: attended }),
    linear('attention.output.dense', attended, update),
    addStep(update, residual),
    norm(c, `${at}.layernorm_after`),
    linear('intermediate.dense', normed, inner),
    { op: 'gelu', value: inner, form: geluForm(c.hidden_act) },
    linear('output.dense', inner, update),
    addStep(update, residual),
  ];
}

function norm(c: Layout, name: string): Step {
  const width = c.hidden_size;
  return layerNormStep(name, value('residual', width), value('normed', width), c.layer_norm_eps);
}

function attention(c: Layout, layer: number, values: Record<'query' | 'key' | 'value' | 'out', Value>): Step {
  const headWidth = c.hidden_size / c.num_attention_heads;
  return {
    op: 'attention',
    ...values,
    heads: c.num_attention_heads,
    keyValueHeads: c.num_attention_heads,
    headWidth,
    causal: false,
    scale: 1 / Math.sqrt(headWidth),
    layer,
  };
}

function prologue(c: Layout): Step[] {
  const out = value('residual', c.hidden_size);
  return [
    {
      op: 'patches',
      weight: `${projection}.weight`,
      bias: `${projection}.bias`,
      classToken: `${embeddings}.cls_token`,
      patch: c.patch_size,
      channels: c.num_channels,
      size: c.image_size,
      out,
    },
    { op: 'addPositions', table: `${embeddings}.position_embeddings`, out },
  ];
}

/** Vision Transformer (Dosovitskiy et al. 2021) with a classifier on the class token and the tensor names of transformers. */
const vit: Architecture = {
  id: 'vit',
  modelTypes: ['vit'],
  prefix: 'vit.',
  configure(raw) {
    const c = parse(raw);
    return finishShape({
      architecture: 'vit',
      task: 'image-classification',
      tensors: tensors(c),
      program: {
        prologue: prologue(c),
        blocks: range(c.num_hidden_layers).map((i) => block(c, i)),
        epilogue: [norm(c, 'vit.layernorm')],
        hidden: value('normed', c.hidden_size),
        head: { weight: 'classifier.weight', bias: 'classifier.bias', outputs: c.labels },
      },
      maxContext: c.tokens,
      width: c.hidden_size,
      vocabulary: c.labels,
      cacheWidths: [],
      image: { size: c.image_size, channels: c.num_channels, tokens: c.tokens },
      tiedHead: false,
    });
  },
};

export default vit;
