import { sha256Hex } from '../../base/checksum';
import { KeyedRandom } from '../../base/random';
import type { ImageData, TextData } from '../../data/datasets';
import type { Gpu } from '../../gpu/gpu';
import { processorFor, type GpuLab } from '../../lab/lab';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { architectureFor } from '../../models/registry';

type Json = Record<string, unknown>;

const LETTERS = [...'Ġabcdefghijklmnopqrstuvwxyz'];
const TOKENS = ['<|end|>', ...LETTERS];
const WORDS = ['the', 'cat', 'and', 'a', 'dog', 'ran', 'to', 'big', 'red', 'ball', 'sun', 'was', 'sad'];
const WORDS_PER_TEXT = 400;
const IMAGES = 32;
const IMAGE_SIDE = 8;

/** Streams of the random generator, one per purpose. */
const STREAM = { weights: 0x601d, words: 0x7e87, pixels: 0x1ae5 };

/**
 * Configs of the fixed models. GPT-2 stores its blocks as Conv1D [in, out] and its head as Linear [out, in]; in Llama
 * several tensors read one activation; the classifier has rows of 256, as formats with fixed blocks need; the ViT is for
 * the record of images.
 */
const CONFIGS: Readonly<Record<string, Json>> = {
  gpt2: {
    ...{ model_type: 'gpt2', vocab_size: TOKENS.length, n_positions: 16, n_embd: 24, n_layer: 1, n_head: 2 },
    tie_word_embeddings: false,
  },
  llama: {
    ...{ model_type: 'llama', vocab_size: TOKENS.length, hidden_size: 32, intermediate_size: 40 },
    ...{ num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, max_position_embeddings: 16 },
  },
  classifier: {
    model_type: 'tiny-classifier',
    image_size: 16,
    id2label: { 0: 'cat', 1: 'dog', 2: 'sun' },
  },
  vit: {
    ...{ model_type: 'vit', hidden_size: 24, intermediate_size: 40, num_hidden_layers: 1 },
    ...{ num_attention_heads: 2, image_size: IMAGE_SIDE, patch_size: 4, num_channels: 1 },
    id2label: { 0: 'cat', 1: 'dog' },
  },
};

async function goldenText(id: string): Promise<TextData> {
  const text = textOf(id);
  return { id, text, sha256: await sha256Hex(new TextEncoder().encode(text)) };
}

/** Returns a lab with fixed models, texts and images, which do not depend on time, machine or other files. */
export function goldenLab(gpu: Gpu): GpuLab {
  return {
    gpu,
    processor: processorFor(gpu),
    runtime: 'golden',
    openModel: async (id) => goldenModel(id),
    openText: goldenText,
    openExamples: goldenText,
    openImages: async (id) => imagesOf(id),
  };
}

/** Returns a fixed model of about ten thousand random weights. */
export function goldenModel(id: string): Model {
  const config = CONFIGS[id];
  const shape = architectureFor(config).configure(config);
  const assets = shape.image ? preprocessor() : tokenizer();
  const tensor = async (spec: TensorSpec) => weightsOf(spec);
  return { id, source: 'golden', revision: '1', sha256: '', config, shape, assets, tensor };
}

/** Returns the base of which codecs code the difference: the fixed model with weights of half the size. */
export function goldenBase(id: string): Model {
  const model = goldenModel(id);
  return { ...model, tensor: async (spec) => (await model.tensor(spec)).map((value) => value / 2) };
}

/** Returns nearly normal values with one outlier in a hundred. They are exact sums, so they are equal on all machines. */
export function valuesOf(name: string, count: number): Float32Array {
  const random = new KeyedRandom(numberOf(name), STREAM.weights);
  return Float32Array.from({ length: count }, (_, i) => {
    const sum = [1, 2, 3, 4].reduce((total) => total + random.nextUniform(), -2);
    return (sum / 4) * (i % 100 === 37 ? 6 : 1);
  });
}

function weightsOf({ name, matrix: [rows, columns], role }: TensorSpec): Float32Array {
  const values = valuesOf(name, rows * columns);
  return role === 'norm' && !name.endsWith('bias') ? values.map((value) => 1 + value) : values;
}

function numberOf(name: string): number {
  return [...name].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
}

function textOf(id: string): string {
  const random = new KeyedRandom(numberOf(id), STREAM.words);
  const word = () => WORDS[Math.floor(random.nextUniform() * WORDS.length)];
  return Array.from({ length: WORDS_PER_TEXT }, word).join(' ');
}

async function imagesOf(id: string): Promise<ImageData> {
  const random = new KeyedRandom(numberOf(id), STREAM.pixels);
  const bytes = (length: number, below: number) =>
    Uint8Array.from({ length }, () => Math.floor(random.nextUniform() * below));
  const labels = bytes(IMAGES, 2);
  const pixels = bytes(IMAGES * IMAGE_SIDE ** 2, 256);
  const sha256 = await sha256Hex(pixels, labels);
  return { id, count: IMAGES, size: IMAGE_SIDE, channels: 1, pixels, labels, classes: 2, sha256 };
}

/** Returns a byte-level tokenizer with one token per letter. */
function tokenizer(): Map<string, Uint8Array> {
  return asset('tokenizer.json', {
    version: '1.0',
    added_tokens: [{ id: 0, content: TOKENS[0], special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(TOKENS.map((token, i) => [token, i])), merges: [] },
  });
}

function preprocessor(): Map<string, Uint8Array> {
  const scaled = { do_resize: false, do_rescale: true, rescale_factor: 1 / 255, do_normalize: false };
  return asset('preprocessor_config.json', scaled);
}

function asset(name: string, json: Json): Map<string, Uint8Array> {
  return new Map([[name, new TextEncoder().encode(JSON.stringify(json))]]);
}
