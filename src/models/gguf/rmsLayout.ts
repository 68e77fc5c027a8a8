import type { ModelShape } from '../architecture';
import { stepsOf } from '../program';
import { checkImplemented, shared, type GgufLayout, type ImplementedKey, type TensorSummary } from './layout';
import { readRope, ropeEntries, ropeTensors } from './rope';
import { badField, float32, uint32, type GgufEntries, type MetadataReader } from './values';

/** Keys of which llama.cpp implements more than these programs do. */
const IMPLEMENTED: readonly ImplementedKey[] = [
  ['expert_count', 0],
  ['expert_used_count', 0],
  ['attention.causal', true],
  ['attention.clamp_kqv', 0],
  ['attention.max_alibi_bias', 0],
  ['use_parallel_residual', false],
];

/** What the layouts of these decoders share. */
export const RMS_LAYOUT = {
  root: 'model.layers',
  outer: { 'model.embed_tokens': 'token_embd', 'model.norm': 'output_norm', lm_head: 'output' },
  /** Keys, without the architecture's prefix, that change no value in llama.cpp. */
  neutral: ['tensor_data_layout', 'pooling_type', 'rope.scaling.finetuned'],
  tolerance: 1e-3,
  ropeTensors: ({ program }) => ropeTensors(stepsOf(program, 'rotary')[0]),
} satisfies Partial<GgufLayout>;

/** The matrices and norms of a block whose projections are matrices of their own. */
export const RMS_BLOCK: GgufLayout['inner'] = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** Returns the hyperparameters of a decoder with RMSNorm, gated MLPs and rotary embeddings, by key without the prefix. */
export function rmsEntries(shape: ModelShape): GgufEntries {
  const [{ heads, keyValueHeads, headWidth }] = stepsOf(shape.program, 'attention');
  const [{ gate }] = stepsOf(shape.program, 'siluGate');
  const [angles] = stepsOf(shape.program, 'rotary');
  const epsilon = shared(
    'rms_norm_eps',
    stepsOf(shape.program, 'rmsNorm').map((step) => step.epsilon),
  );
  return [
    ['block_count', uint32(shape.program.blocks.length)],
    ['context_length', uint32(shape.maxContext)],
    ['embedding_length', uint32(shape.width)],
    ['feed_forward_length', uint32(gate.width)],
    ['attention.head_count', uint32(heads)],
    ['attention.head_count_kv', uint32(keyValueHeads)],
    ['attention.key_length', uint32(headWidth)],
    ['attention.value_length', uint32(headWidth)],
    ['attention.layer_norm_rms_epsilon', float32(epsilon)],
    ...ropeEntries(angles),
    ['vocab_size', uint32(shape.vocabulary)],
  ];
}

/** What a file says about the attention of such a decoder. */
export interface RmsHeads {
  heads: number;
  headWidth: number;
  /** Columns of a head that are rotated. */
  rotaryDim: number;
  context: number;
}

/** Reads the widths of heads, and checks that keys and values have one. @throws LabError bad-file with the key */
export function rmsHeads(metadata: MetadataReader, prefix: string): RmsHeads {
  const heads = metadata.integer(`${prefix}.attention.head_count`);
  const width = metadata.integer(`${prefix}.embedding_length`);
  const headWidth = metadata.optionalInteger(`${prefix}.attention.key_length`) ?? width / heads;
  const rotaryDim = metadata.optionalInteger(`${prefix}.rope.dimension_count`) ?? headWidth;
  const values = metadata.optionalInteger(`${prefix}.attention.value_length`) ?? headWidth;
  if (values !== headWidth)
    throw badField(`${prefix}.attention.value_length`, `is ${values}, but the key width is ${headWidth}`);
  return { heads, headWidth, rotaryDim, context: metadata.integer(`${prefix}.context_length`) };
}

/** Checks that rotary embeddings cover whole heads. @throws LabError bad-file */
export function checkWholeHeads(prefix: string, { rotaryDim, headWidth }: RmsHeads): void {
  if (rotaryDim !== headWidth)
    throw badField(`${prefix}.rope.dimension_count`, `is ${rotaryDim}, but the head width is ${headWidth}`);
}

/** Returns the fields of config.json that these architectures share. @throws LabError bad-file with the key */
export function rmsConfig(
  metadata: MetadataReader,
  prefix: string,
  { heads, headWidth, rotaryDim, context }: RmsHeads,
  tensors: TensorSummary,
  { longByTensors = false }: { longByTensors?: boolean } = {},
): Record<string, unknown> {
  checkScale(metadata, prefix, headWidth);
  checkImplemented(metadata, prefix, IMPLEMENTED);
  return {
    vocab_size: tensors.vocabulary,
    hidden_size: metadata.integer(`${prefix}.embedding_length`),
    intermediate_size: metadata.integer(`${prefix}.feed_forward_length`),
    num_hidden_layers: metadata.integer(`${prefix}.block_count`),
    num_attention_heads: heads,
    num_key_value_heads: metadata.optionalInteger(`${prefix}.attention.head_count_kv`) ?? heads,
    max_position_embeddings: context,
    rms_norm_eps: metadata.number(`${prefix}.attention.layer_norm_rms_epsilon`),
    ...readRope(metadata, prefix, { rotaryDim, context, longByTensors }, tensors.ropeTensors),
    hidden_act: 'silu',
    tie_word_embeddings: tensors.tied,
  };
}

/** Checks that scores are divided by √(head width); llama.cpp takes 0 for that. */
function checkScale(metadata: MetadataReader, prefix: string, headWidth: number): void {
  const scale = metadata.optionalNumber(`${prefix}.attention.scale`) ?? 0;
  const usual = 1 / Math.sqrt(headWidth);
  if (scale !== 0 && Math.abs(scale - usual) > 1e-6 * usual)
    throw badField(`${prefix}.attention.scale`, `is ${scale}, not 1/√${headWidth}`);
}

/** Checks that no window hides keys within the context; llama.cpp takes 0 for no window. @throws LabError bad-file */
export function checkWindow(metadata: MetadataReader, prefix: string, context: number): void {
  const window = metadata.optionalInteger(`${prefix}.attention.sliding_window`) ?? 0;
  if (window !== 0 && window < context)
    throw badField(
      `${prefix}.attention.sliding_window`,
      `is ${window}, shorter than the context of ${context}`,
    );
}
