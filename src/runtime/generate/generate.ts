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
const SAMPLING_STREAM = 0x67656e;

/** A language model that runs tokens after those it has run, and returns the logits [vocabulary] of the next. */
interface Decoder {
  prefill(prompt: readonly number[], signal?: AbortSignal): Promise<Float32Array>;
  step(id: number, signal?: AbortSignal): Promise<Float32Array>;
  dispose(): void;
}

/** Opens a decoder for a prompt of so many tokens and so many tokens after it, at least one. */
export type OpenDecoder = (promptLength: number, newTokens: number, signal?: AbortSignal) => Promise<Decoder>;

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
      logits = await decoder.step(id, signal);
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

/** What tokens of one sequence are recorded with. */
export interface TokensRecording {
  gpu: Gpu;
  recorder: Recorder;
  /** Owns the activations and tables. */
  scope: BufferScope;
  shape: ModelShape;
  weights: WeightsByName;
  cache: readonly LayerCache[];
  /** The number of tokens before the first, u32. */
  state: GPUBuffer;
  /** Ids u32 [length]. */
  input: GPUBuffer;
  length: number;
  /** Number of tokens that the cache holds, and of those that run first, together. */
  positions: { positions: number; together: number };
}

/** Records tokens that are appended to a cache, and the logits [1, vocabulary] of the token after the last. */
export async function recordTokens(tokens: TokensRecording, logits: ActivationView): Promise<void> {
  const { gpu, recorder, scope, shape, weights, cache, state, input, length, positions } = tokens;
  const { program } = shape;
  const layout = { sequences: 1, length, state };
  const ops = new GpuOps({ gpu, recorder, scope, weights, program, layout, input, cache, ...positions });
  await interpret(allSteps(program), ops);
  const hidden = ops.view(program.hidden);
  const last = { ...hidden, column: hidden.column + (length - 1) * hidden.stride };
  await recordHead({ gpu, recorder, weights, shape }, last, logits, 1);
}

/** A recorded step over some tokens, which appends to the cache and computes the logits of the last token. */
interface Recording {
  recorder: Recorder;
  ids: GPUBuffer;
}

/**
 * Decodes on the GPU: the prefill and decode recordings of one sequence, which share a cache, a position and a row of logits. One
 * recording is replayed per token over a float32 key/value cache.
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
  private readonly recordings: Recording[] = [];
  private position = 0;

  private constructor(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    promptLength: number,
    newTokens: number,
  ) {
    this.gpu = gpu;
    this.shape = shape;
    this.weights = weights;
    this.promptLength = promptLength;
    this.capacity = promptLength + newTokens - 1;
    this.scope = gpu.buffers.scope();
    this.cache = allocateCache(gpu, this.scope, shape, this.capacity);
    this.state = this.scope.allocate(4, 'position');
    const { outputs } = shape.program.head;
    this.logits = wholeView(this.scope.allocate(4 * outputs, 'logits'), outputs);
  }

  /** Records both steps. The cache holds the prompt and all but the last of `newTokens` generated tokens. */
  static async create(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    promptLength: number,
    newTokens: number,
    signal?: AbortSignal,
  ): Promise<CachedDecoder> {
    const decoder = new CachedDecoder(gpu, shape, weights, promptLength, newTokens);
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

  /** Runs the prompt and returns the logits [vocabulary] of the token after it. */
  prefill(prompt: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(this.recordings[0], prompt, signal);
  }

  /** Runs one more token and returns the logits [vocabulary] of the token after it. */
  step(id: number, signal?: AbortSignal): Promise<Float32Array> {
    return this.run(this.recordings[1], [id], signal);
  }

  dispose(): void {
    for (const { recorder } of this.recordings) recorder.dispose();
    this.scope.dispose();
  }

  private async record(length: number): Promise<void> {
    const { gpu, shape, weights, scope, cache, state } = this;
    const recorder = gpu.recorder();
    const input = scope.allocate(4 * length, 'token ids');
    this.recordings.push({ recorder, ids: input });
    const positions = { positions: this.capacity, together: this.promptLength };
    const at = { gpu, recorder, scope, shape, weights, cache, state, input, length, positions };
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
    this.position += tokens.length;
    return new Float32Array(logits);
  }
}
