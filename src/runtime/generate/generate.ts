import { LabError, throwIfAborted } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import { interpret, type ModelShape } from '../../models/architecture';
import { allSteps, stepsOf } from '../../models/program';
import { rotaryReach } from '../../models/rotary';
import { allocateCache } from '../forward/cache';
import { checkIds, recordHead } from '../forward/forward';
import { GpuOps, type LayerCache } from '../forward/gpuOps';
import type { ActivationView } from '../linear/linear';
import { wholeView } from '../ops/context';
import { checkSampling, sampleToken, type SamplingOptions } from './sampling';
import type { WeightsByName } from '../forward/weights';

export interface GenerateOptions extends SamplingOptions {
  /** At least one token id. */
  prompt: readonly number[];
  /** Maximum number of tokens to generate. Generation also ends, without an error, where the model's context does. */
  maxTokens: number;
  seed: number;
  /** Ids that end the generation; they are not yielded. */
  stopIds?: readonly number[];
  signal?: AbortSignal;
}

/** The stream of the keyed generator that sampling draws from. */
export const SAMPLING_STREAM = 0x67656e;

/**
 * A language model that runs tokens of some sequences after those it has run, and returns the logits [sequences, vocabulary] of the
 * next.
 */
interface Decoder {
  /** @param prompts ids [sequences, promptLength] */
  prefill(prompts: readonly number[], signal?: AbortSignal): Promise<Float32Array>;
  /** @param ids one for each sequence */
  step(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array>;
  dispose(): void;
}

/** Opens a decoder for prompts of so many tokens and so many tokens after them, at least one, of one sequence or several. */
export type OpenDecoder = (
  promptLength: number,
  newTokens: number,
  signal?: AbortSignal,
  sequences?: number,
) => Promise<Decoder>;

/**
 * Yields generated token ids one by one: it prefills the prompt and then runs one token at a time. Where a longer sequence is rotated
 * otherwise (LongRoPE), the cache is computed again from the first token. Equal decoders, prompts and seeds give equal tokens.
 * @throws LabError bad-input for a prompt that is empty, too long or outside the vocabulary; Cancelled
 */
export async function* generate(
  shape: ModelShape,
  open: OpenDecoder,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const { prompt, signal } = options;
  checkPrompt(shape, options);
  const newTokens = Math.min(options.maxTokens, shape.maxContext - prompt.length);
  if (newTokens <= 0) return;
  const random = new KeyedRandom(options.seed, SAMPLING_STREAM);
  const choose = (logits: Float32Array) => sampleToken(logits, options, random.nextUniform());
  const ids = [...prompt];
  while (ids.length < prompt.length + newTokens) {
    // The last token of a pass is computed from a sequence that is one token shorter.
    const count = Math.min(prompt.length + newTokens, cacheReach(shape, ids.length) + 1) - ids.length;
    for await (const id of continued(open, { ids, count, choose, signal })) {
      if (options.stopIds?.includes(id)) return;
      yield id;
      ids.push(id);
    }
  }
}

/** Yields `count` tokens after `ids` from one cache. */
async function* continued(
  open: OpenDecoder,
  {
    ids,
    count,
    choose,
    signal,
  }: {
    ids: readonly number[];
    count: number;
    choose: (logits: Float32Array) => number;
    signal?: AbortSignal;
  },
): AsyncGenerator<number> {
  const decoder = await open(ids.length, count, signal);
  try {
    let logits = await decoder.prefill(ids, signal);
    for (let added = 1; ; added++) {
      throwIfAborted(signal);
      const id = choose(logits);
      yield id;
      if (added === count) return;
      logits = await decoder.step([id], signal);
    }
  } finally {
    decoder.dispose();
  }
}

/** Returns the length up to which keys that were rotated in a sequence of `length` tokens are valid in a longer one. */
function cacheReach({ program }: ModelShape, length: number): number {
  return Math.min(...stepsOf(program, 'rotary').map((step) => rotaryReach(step, length)));
}

function checkPrompt(shape: ModelShape, options: GenerateOptions): void {
  const { prompt } = options;
  if (shape.image)
    throw new LabError('bad-input', 'An image classifier generates no text.', 'Choose a language model.');
  checkSampling(options);
  checkIds(prompt, shape.vocabulary);
  if (prompt.length >= 1 && prompt.length <= shape.maxContext) return;
  throw new LabError(
    'bad-input',
    `The prompt has ${prompt.length} tokens; this model takes 1 to ${shape.maxContext}.`,
    'Type a prompt of a length in that range.',
  );
}

/** What tokens are recorded with. */
export interface TokensRecording {
  gpu: Gpu;
  recorder: Recorder;
  /** Owns the activations and tables. */
  scope: BufferScope;
  shape: ModelShape;
  weights: WeightsByName;
  cache: readonly LayerCache[];
  /** The number of tokens before the first of each sequence, u32. */
  state: GPUBuffer;
  /** Ids u32 [sequences, length]. */
  input: GPUBuffer;
  length: number;
  /** Default: one. */
  sequences?: number;
  /** Number of tokens that the cache holds, and of those that run first, together. */
  positions: { positions: number; together: number };
}

/** Records tokens that are appended to a cache, and the logits [sequences, vocabulary] of the token after each last one. */
export async function recordTokens(tokens: TokensRecording, logits: ActivationView): Promise<void> {
  const {
    gpu,
    recorder,
    scope,
    shape,
    weights,
    cache,
    state,
    input,
    length,
    sequences = 1,
    positions,
  } = tokens;
  const { program } = shape;
  const layout = { sequences, length, state };
  const ops = new GpuOps({ gpu, recorder, scope, weights, program, layout, input, cache, ...positions });
  await interpret(allSteps(program), ops);
  const hidden = ops.view(program.hidden);
  const last = {
    ...hidden,
    column: hidden.column + (length - 1) * hidden.stride,
    stride: length * hidden.stride,
  };
  await recordHead({ gpu, recorder, weights, shape }, last, logits, sequences);
}

/** A recorded step over some tokens, which appends to the cache and computes the logits of the last ones. */
interface Recording {
  recorder: Recorder;
  ids: GPUBuffer;
}

/**
 * Decodes on the GPU: the prefill and decode recordings of sequences of one length, which share a cache, a position and rows of
 * logits. One recording is replayed per token over a float32 key/value cache.
 */
export class CachedDecoder implements Decoder {
  private readonly gpu: Gpu;
  private readonly shape: ModelShape;
  private readonly weights: WeightsByName;
  private readonly scope: BufferScope;
  private readonly cache: LayerCache[];
  private readonly state: GPUBuffer;
  private readonly logits: ActivationView;
  private readonly capacity: number;
  private readonly promptLength: number;
  private readonly sequences: number;
  private readonly recordings: Recording[] = [];
  private position = 0;

  private constructor(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    { promptLength, newTokens, sequences }: { promptLength: number; newTokens: number; sequences: number },
  ) {
    this.gpu = gpu;
    this.shape = shape;
    this.weights = weights;
    this.promptLength = promptLength;
    this.sequences = sequences;
    this.capacity = promptLength + newTokens - 1;
    this.scope = gpu.buffers.scope();
    this.cache = allocateCache(gpu, this.scope, shape, this.capacity, sequences);
    this.state = this.scope.allocate(4, 'position');
    const { outputs } = shape.program.head;
    this.logits = wholeView(this.scope.allocate(4 * sequences * outputs, 'logits'), outputs);
  }

  /** Records both steps. The cache holds the prompt and all but the last of `newTokens` generated tokens. */
  static async create(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    promptLength: number,
    newTokens: number,
    signal?: AbortSignal,
    sequences = 1,
  ): Promise<CachedDecoder> {
    const decoder = new CachedDecoder(gpu, shape, weights, { promptLength, newTokens, sequences });
    try {
      await decoder.record(promptLength);
      throwIfAborted(signal);
      if (newTokens > 1) await decoder.record(1);
      await gpu.buffers.settled();
      return decoder;
    } catch (error) {
      decoder.dispose();
      throw error;
    }
  }

  /** Runs the prompts [sequences, promptLength] and returns the logits [sequences, vocabulary] of the tokens after them. */
  prefill(prompts: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(this.recordings[0], prompts, signal);
  }

  /** Runs one more token of each sequence and returns the logits [sequences, vocabulary] of the tokens after them. */
  step(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(this.recordings[1], ids, signal);
  }

  dispose(): void {
    for (const { recorder } of this.recordings) recorder.dispose();
    this.scope.dispose();
  }

  private async record(length: number): Promise<void> {
    const { gpu, shape, weights, scope, cache, state, sequences } = this;
    const recorder = gpu.recorder();
    const input = scope.allocate(4 * sequences * length, 'token ids');
    this.recordings.push({ recorder, ids: input });
    const positions = { positions: this.capacity, together: this.promptLength };
    const at = { gpu, recorder, scope, shape, weights, cache, state, input, length, sequences, positions };
    await recordTokens(at, this.logits);
  }

  private async run(
    { recorder, ids }: Recording,
    tokens: readonly number[],
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    this.gpu.buffers.write(ids, Uint32Array.from(tokens));
    this.gpu.buffers.write(this.state, Uint32Array.of(this.position));
    const logits = await this.gpu.stream.runAndRead(recorder.commands, this.logits.buffer, { signal });
    this.position += tokens.length / this.sequences;
    return new Float32Array(logits);
  }
}
