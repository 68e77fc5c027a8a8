import { throwIfAborted } from '../../base/errors';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import type { Lab } from '../lab';
import { openDecoders, type DecoderRequest } from './decoder';
import { continueText, openLanguageModel } from './text';

/** Texts to draw from a model in several forms. */
export interface SamplesRequest extends Omit<DecoderRequest, 'codec'> {
  model: string;
  /** Codec spellings; the float32 baseline comes before them. */
  codecs: readonly string[];
  prompts: readonly string[];
  /** Texts for each prompt, drawn with the seed, the seed plus 1, … */
  samples: number;
  maxTokens: number;
  temperature: number;
  topK: number;
}

/** One text that a model wrote. */
export interface SampledText {
  /** Codec spelling; `baseline` for float32. */
  codec: string;
  prompt: string;
  seed: number;
  text: string;
}

/**
 * Draws texts with the baseline and with codecs, restored from their bytes. Every form draws from the same random numbers.
 * @param onText receives each text with the number of texts so far and of all
 * @throws LabError as `generateText`; Cancelled
 */
export async function generateSamples(
  lab: Lab,
  request: SamplesRequest,
  onText: (text: SampledText, done: number, total: number) => void,
  signal?: AbortSignal,
): Promise<SampledText[]> {
  const { codecs, prompts, samples, seed } = request;
  const model = await openLanguageModel(lab, request.model, signal);
  const tokenizer = await loadTokenizer(model.assets);
  const found: SampledText[] = [];
  const total = (1 + codecs.length) * prompts.length * samples;
  for (const codec of [undefined, ...codecs]) {
    const decoders = await openDecoders(lab, model, { ...request, codec }, signal);
    try {
      for (const prompt of prompts)
        for (let draw = 0; draw < samples; draw++) {
          throwIfAborted(signal);
          const drawn = { ...request, seed: seed + draw, prompt: await tokenizer.encode(prompt, { signal }) };
          const { text } = await continueText(
            model,
            tokenizer,
            decoders.open,
            drawn,
            () => undefined,
            signal,
          );
          found.push({ codec: codec ?? 'baseline', prompt, seed: seed + draw, text });
          onText(found.at(-1)!, found.length, total);
        }
    } finally {
      decoders.dispose();
    }
  }
  return found;
}
