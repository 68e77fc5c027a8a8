import { LabError } from '../../base/errors';
import type { Model } from '../../models/model';
import { loadTokenizer, type Tokenizer } from '../../models/tokenizer/tokenizer';
import { comparedDecoder } from '../../runtime/generate/divergence';
import { generate, type OpenDecoder } from '../../runtime/generate/generate';
import type { Lab } from '../lab';
import { decodersOf, openDecoders, type DecoderRequest, type Decoders } from './decoder';

export interface TextRequest extends DecoderRequest {
  model: string;
  prompt: string;
  maxTokens: number;
  /** 0 = greedy. */
  temperature: number;
  /** 0 = the whole vocabulary. */
  topK: number;
  /** Seed of the drawn tokens; by default that of the codec. */
  drawSeed?: number;
  /** Compares the distribution of every token with that of the float32 model. */
  divergence?: boolean;
}

/** A piece of generated text. */
export interface GeneratedPiece {
  text: string;
  /** KL divergence from the float32 model at this token in nats, if it was asked for. */
  divergence?: number;
}

export interface GeneratedText {
  text: string;
  /** Decode speed, prefill excluded; 0 when fewer than two tokens came. */
  tokensPerSecond: number;
}

/**
 * Continues a prompt with the baseline, or with a codec's weights restored from artefact bytes. Equal requests in equal labs give equal
 * text.
 * @param onPiece receives each new piece of text
 * @throws LabError bad-input for a model that is not a language model, and what opening and compressing it throw; Cancelled
 */
export async function generateText(
  lab: Lab,
  request: TextRequest,
  onPiece: (piece: GeneratedPiece) => void,
  signal?: AbortSignal,
): Promise<GeneratedText> {
  const model = await openLanguageModel(lab, request.model, signal);
  const tokenizer = await loadTokenizer(model.assets);
  const prompt = await tokenizer.encode(request.prompt, { signal });
  const decoders = await openDecoders(lab, model, request, signal);
  let float: Decoders | undefined;
  try {
    if (request.divergence) float = await decodersOf(lab, model, undefined, signal);
    let found: Pick<GeneratedPiece, 'divergence'> = {};
    let referenceMs = 0;
    const open = float
      ? comparedDecoder(decoders.open, float.open, (divergence, ms) => {
          found = { divergence };
          referenceMs += ms;
        })
      : decoders.open;
    const onText = (text: string) => onPiece({ text, ...found });
    // The speed is that of the model alone.
    const clock = () => performance.now() - referenceMs;
    const drawn = { ...request, seed: request.drawSeed ?? request.seed, prompt, clock };
    return await continueText(model, tokenizer, open, drawn, onText, signal);
  } finally {
    float?.dispose();
    decoders.dispose();
  }
}

/** Opens a model that generates text. @throws LabError bad-input for another; what opening it throws */
export async function openLanguageModel(lab: Lab, id: string, signal?: AbortSignal): Promise<Model> {
  const model = await lab.openModel(id, signal);
  if (model.shape.task === 'language-model') return model;
  throw new LabError(
    'bad-input',
    `${model.id} classifies images and cannot generate text.`,
    'Choose a language model.',
  );
}

/** Continues tokens with open decoders, as `generateText` does. */
export async function continueText(
  model: Model,
  tokenizer: Tokenizer,
  open: OpenDecoder,
  request: Pick<TextRequest, 'maxTokens' | 'temperature' | 'topK' | 'seed'> & {
    prompt: ArrayLike<number>;
    /** Milliseconds that count for the speed; by default all. */
    clock?: () => number;
  },
  onText: (piece: string) => void,
  signal?: AbortSignal,
): Promise<GeneratedText> {
  const { maxTokens, temperature, topK, seed, clock = () => performance.now() } = request;
  const prompt = Array.from(request.prompt);
  const options = { prompt, maxTokens, temperature, topK, seed, signal, stopIds: stopIds(model) };
  const start = tokenizer.decode(prompt);
  const ids = [...prompt];
  let text = start;
  let first = 0;
  let last = 0;
  for await (const id of generate(model.shape, open, options)) {
    ids.push(id);
    last = clock();
    first ||= last;
    // Decoded as a whole: one token may be half of a character. A trailing replacement mark waits for its other half.
    const now = tokenizer.decode(ids).replace(/\uFFFD+$/, '');
    onText(now.slice(text.length));
    text = now;
  }
  const produced = ids.length - prompt.length;
  return {
    text: text.slice(start.length),
    tokensPerSecond: produced > 1 ? ((produced - 1) * 1000) / (last - first) : 0,
  };
}

/** Reads the end-of-text ids of config.json. */
export function stopIds(model: Pick<Model, 'config'>): number[] {
  const { eos_token_id: eos } = model.config;
  return (Array.isArray(eos) ? eos : [eos]).filter((id): id is number => typeof id === 'number');
}
