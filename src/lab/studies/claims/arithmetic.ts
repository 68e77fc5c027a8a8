import type { MatrixShape } from '../../../codecs/contract/codec';
import { partBytes } from '../../../codecs/contract/parts';
import { resolveCodec } from '../../../codecs/contract/registry';
import { parseCodec } from '../../../codecs/contract/spec';
import type { ModelShape, TensorSpec } from '../../../models/architecture';
import { architectureFor } from '../../../models/registry';
import { GPT2_CONFIG } from '../namedPlans/gptq-bnb/gpt2';

/** Fields of config.json of models that published figures are about; they decide the shapes. */
const CONFIGS = {
  gpt2: GPT2_CONFIG,
  /** https://huggingface.co/sshleifer/tiny-gpt2 */
  'tiny-gpt2': { ...GPT2_CONFIG, n_layer: 2, n_head: 2, n_embd: 2 },
  /** https://huggingface.co/microsoft/Phi-3-mini-4k-instruct */
  'phi-3-mini': {
    ...{ model_type: 'phi3', vocab_size: 32064, hidden_size: 3072, intermediate_size: 8192 },
    ...{ num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32 },
  },
  /** ViT-B/16 of 224 pixels, https://arxiv.org/abs/2010.11929, with ten classes. */
  'vit-b': {
    ...{ model_type: 'vit', hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12 },
    ...{ intermediate_size: 3072, image_size: 224, patch_size: 16, num_labels: 10 },
  },
} as const satisfies Record<string, Readonly<Record<string, unknown>>>;

type KnownModel = keyof typeof CONFIGS;

/** Returns the shapes of a model that a published figure is about. */
export function publishedShape(model: KnownModel): ModelShape {
  return architectureFor(CONFIGS[model]).configure(CONFIGS[model]);
}

/** Counts the weights of a model's tensors that a predicate chooses. */
export function countWeights(
  model: KnownModel,
  isChosen: (tensor: TensorSpec) => boolean = () => true,
): number {
  const chosen = publishedShape(model).tensors.filter(isChosen);
  return chosen.reduce((sum, { matrix: [rows, columns] }) => sum + rows * columns, 0);
}

/** Whether a tensor is a matrix of a block, which is what most projects compress. */
export function isBlockMatrix({ role }: TensorSpec): boolean {
  return role === 'attention' || role === 'mlp';
}

/**
 * Computes the ratio to float32 of one matrix in a codec's byte layout, with all its metadata and without encoding anything. A part of
 * variable length counts with the most bytes it can have.
 */
export async function layoutRatio(codec: string, shape: MatrixShape): Promise<number> {
  const spec = parseCodec(codec);
  const parts = (await resolveCodec(spec)).layout(shape, spec.options);
  return (4 * shape[0] * shape[1]) / parts.reduce((sum, part) => sum + partBytes(part), 0);
}

/** Bytes that t81lib stores for n trits: 16 for each limb of 48 (its Python package, `pack_dense_matrix`). */
export function limbBytes(trits: number): number {
  return 16 * Math.ceil(trits / 48);
}
