import { Artefact } from '../../artefact/read';
import { memorySink } from '../../artefact/sink';
import { packedWeights } from '../../artefact/weights';
import type { Rest, Scope } from '../../artefact/recipe';
import { LabError } from '../../base/errors';
import { parseCodec } from '../../codecs/contract/spec';
import type { Model } from '../../models/model';
import { loadTokenizer, type Tokenizer } from '../../models/tokenizer/tokenizer';
import type { Gpu } from '../../gpu/gpu';
import { generate } from '../../runtime/generate/generate';
import { gpuWeights, type OwnedWeights } from '../../runtime/forward/weights';
import { compressModel } from '../artefacts/compress';
import { requireGpu, type Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';
import { DEFAULT_CONTEXT } from '../plan/presets';

export interface TextRequest {
  model: string;
  /** Codec spelling; undefined = the float32 baseline. */
  codec?: string;
  scope: Scope;
  rest: Rest;
  /** Data for a calibrated codec, and the tokens of its windows. */
  calibration?: CalibrationPlan | null;
  context?: number;
  prompt: string;
  maxTokens: number;
  /** 0 = greedy. */
  temperature: number;
  /** 0 = the whole vocabulary. */
  topK: number;
  seed: number;
}

export interface GeneratedText {
  text: string;
  /** Decode speed, prefill excluded; 0 when fewer than two tokens came. */
  tokensPerSecond: number;
}

/**
 * Continues a prompt with the baseline, or with a codec's weights restored from artefact bytes (linear layers straight
 * from packed codes where the codec has them). Equal requests on equal adapters give equal text.
 * @param onText receives each new piece of text
 * @throws LabError bad-input for a model that is not a language model, and what opening and compressing it throw; Cancelled
 */
export async function generateText(
  lab: Lab,
  request: TextRequest,
  onText: (piece: string) => void,
  signal?: AbortSignal,
): Promise<GeneratedText> {
  const model = await lab.openModel(request.model, signal);
  if (model.shape.task !== 'language-model')
    throw new LabError(
      'bad-input',
      `${model.id} classifies images and cannot generate text.`,
      'Choose a language model.',
    );
  const gpu = requireGpu(lab, 'Generating text');
  const tokenizer = await loadTokenizer(model.assets);
  const prompt = await tokenizer.encode(request.prompt, { signal });
  const weights = await requestedWeights(lab, model, request, signal);
  try {
    return await stream(gpu, model, tokenizer, weights, { ...request, prompt }, onText, signal);
  } finally {
    weights.dispose();
  }
}

async function requestedWeights(
  lab: Lab,
  model: Model,
  request: TextRequest,
  signal?: AbortSignal,
): Promise<OwnedWeights> {
  if (request.codec === undefined) return lab.processor.load(model, signal);
  const recipe = { spec: parseCodec(request.codec), scope: request.scope, rest: request.rest };
  const { calibration = null, context = DEFAULT_CONTEXT, seed } = request;
  const options = { calibration, context, seed, signal };
  const { file } = await compressModel(lab, model, recipe, options, memorySink());
  return packedWeights(lab.processor, await Artefact.open(file), signal);
}

async function stream(
  gpu: Gpu,
  model: Model,
  tokenizer: Tokenizer,
  weights: OwnedWeights,
  request: Omit<TextRequest, 'prompt'> & { prompt: ArrayLike<number> },
  onText: (piece: string) => void,
  signal?: AbortSignal,
): Promise<GeneratedText> {
  const { maxTokens, temperature, topK, seed } = request;
  const prompt = Array.from(request.prompt);
  const options = { prompt, maxTokens, temperature, topK, seed, signal, stopIds: stopIds(model) };
  const start = tokenizer.decode(prompt);
  const ids = [...prompt];
  let text = start;
  let first = 0;
  let last = 0;
  for await (const id of generate(gpu, model.shape, gpuWeights(weights), options)) {
    ids.push(id);
    last = performance.now();
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
function stopIds(model: Model): number[] {
  const { eos_token_id: eos } = model.config;
  return (Array.isArray(eos) ? eos : [eos]).filter((id): id is number => typeof id === 'number');
}
