import type { ModelShape, Step, TensorSpec } from '../../architecture';
import { unsupportedConfig } from './config';
import { finishShape, matrix, range, value, vector } from './shape';
import { rotaryContext, type RopeSettings } from './rope';
import { rmsNormStep } from './steps';

/** The fields of a config that `rmsDecoder` needs. */
export interface DecoderLayout {
  vocab_size: number;
  hidden_size: number;
  num_hidden_layers: number;
  max_position_embeddings: number;
  rms_norm_eps: number;
  tie_word_embeddings: boolean;
  rope: RopeSettings;
  /** Width of the keys (and of the values) of one block, in columns. */
  keyValueWidth: number;
}

const EMBEDDING = 'model.embed_tokens.weight';
const HEAD = 'lm_head.weight';
const NORM = 'model.norm';

/**
 * Returns the shape of Llama and its successors, with the tensor names of Hugging Face transformers: token embedding,
 * blocks, final RMS norm, and a head that may be tied to the embedding. Blocks read and write the value `residual`.
 */
export function rmsDecoder<Layout extends DecoderLayout>(
  architecture: string,
  c: Layout,
  blockTensors: (c: Layout, block: number) => TensorSpec[],
  blockSteps: (c: Layout, block: number) => Step[],
): ModelShape {
  const { hidden_size: width, vocab_size: vocabulary, tie_word_embeddings: tied } = c;
  const layers = range(c.num_hidden_layers);
  const residual = value('residual', width);
  const hidden = value('normed', width);
  return finishShape({
    architecture,
    task: 'language-model',
    tensors: [
      matrix(EMBEDDING, vocabulary, width, 'embedding'),
      ...layers.flatMap((i) => blockTensors(c, i)),
      vector(`${NORM}.weight`, width, 'norm'),
      ...(tied ? [] : [matrix(HEAD, vocabulary, width, 'head')]),
    ],
    program: {
      prologue: [{ op: 'embed', table: EMBEDDING, out: residual }],
      blocks: layers.map((i) => blockSteps(c, i)),
      epilogue: [rmsNormStep(NORM, residual, hidden, c.rms_norm_eps)],
      hidden,
      head: { weight: tied ? EMBEDDING : HEAD, outputs: vocabulary },
    },
    maxContext: rotaryContext(c.rope, c.max_position_embeddings),
    width,
    vocabulary,
    cacheWidths: layers.map(() => c.keyValueWidth),
    tiedHead: tied,
  });
}

/**
 * Returns the number of key/value heads, by default one per query head.
 * @throws LabError unsupported if it does not divide `heads`
 */
export function keyValueHeadsOf(architecture: string, heads: number, given?: number | null): number {
  const keyValueHeads = given ?? heads;
  if (heads % keyValueHeads !== 0)
    throw unsupportedConfig(
      architecture,
      'num_key_value_heads',
      `${keyValueHeads} does not divide the ${heads} query heads`,
    );
  return keyValueHeads;
}

const MAX_QUERY_WIDTH = 1 << 16;

/**
 * Returns the width of all query heads, heads · headWidth.
 * @throws LabError unsupported if `headWidth` is odd or the width too large
 */
export function queryWidthOf(architecture: string, heads: number, headWidth: number): number {
  if (headWidth % 2 !== 0)
    throw unsupportedConfig(
      architecture,
      'head_dim',
      `rotary embeddings need an even head width, but it is ${headWidth}`,
    );
  const width = heads * headWidth;
  if (width > MAX_QUERY_WIDTH)
    throw unsupportedConfig(
      architecture,
      'head_dim',
      `${heads} heads of width ${headWidth} exceed ${MAX_QUERY_WIDTH} columns`,
    );
  return width;
}
