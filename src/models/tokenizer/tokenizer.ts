import { sha256Hex } from '../../base/checksum';
import { LabError, throwIfAborted } from '../../base/errors';
import type { Encoded, TokenizerEngine } from './engine/engine';

/** A cache of the tokens of texts across runs (IndexedDB in the page, a folder on the command line). */
export interface TokenCache {
  get(key: string): Promise<Uint32Array | undefined>;
  set(key: string, tokens: Uint32Array): Promise<void>;
}

interface EncodeOptions {
  signal?: AbortSignal;
  cache?: TokenCache;
}

/** Converts between texts and token ids. */
export interface Tokenizer {
  /** SHA-256 of tokenizer.json. */
  sha256: string;
  /** The highest id plus 1. */
  vocabularySize: number;
  /**
   * Encodes a text into ids, including the special tokens that the post-processor adds to the whole text. The work can be
   * cancelled between words.
   * @throws LabError unsupported if the text has a character for which the tokenizer has no token; Cancelled
   */
  encode(text: string, options?: EncodeOptions): Promise<Uint32Array>;
  /** Encodes a text like `encode`, and returns the bytes of each token as well. */
  encodeMeasured(text: string, options?: EncodeOptions): Promise<MeasuredTokens>;
  /** Decodes ids into a text without special tokens. */
  decode(ids: ArrayLike<number>): string;
}

/** The tokens of a text. */
interface MeasuredTokens {
  ids: Uint32Array;
  /**
   * The number of UTF-8 bytes of the text that each token stands for; their sum is the length of the text. Tokens that the
   * post-processor adds have 0. Absent if no token can stand for the bytes, because the tokenizer leaves nothing of the text.
   */
  bytes?: Uint32Array;
}

/** Counts up when a change of the engine can change ids, so that older caches are not used. */
const ENGINE_VERSION = 'engine 2';

/** Time in milliseconds after which encoding yields to the event loop, so that it can be cancelled. */
const YIELD_MS = 30;
/** Number of words between two looks at the clock. */
const WORDS_PER_LOOK = 16;
/** Maximum length of a reason in an error, in characters. */
const MAX_REASON_LENGTH = 200;

/**
 * Opens the tokenizer of a model from tokenizer.json and, if it exists, tokenizer_config.json.
 * @throws LabError bad-file if tokenizer.json is missing or damaged; unsupported for anything in either file that the lab
 *   cannot follow exactly
 */
export async function loadTokenizer(assets: ReadonlyMap<string, Uint8Array>): Promise<Tokenizer> {
  // These are loaded only when a model is opened, since the first screen of the page does not need them.
  const { TokenizerEngine: Engine } = await import('./engine/engine');
  const { tokenizerOf } = await import('./tokenizerOf');
  const json = tokenizerOf(assets);
  const bytes = assets.get('tokenizer.json')!;
  const config = assets.get('tokenizer_config.json');
  const version = new TextEncoder().encode(ENGINE_VERSION);
  const cacheKey = await sha256Hex(version, bytes, ...(config ? [config] : []));
  return new HubTokenizer(
    guarded(() => new Engine(json)),
    await sha256Hex(bytes),
    cacheKey,
  );
}

class HubTokenizer implements Tokenizer {
  readonly sha256: string;
  readonly vocabularySize: number;
  /** SHA-256 of both files and of the engine's version, since each can change the ids. */
  private readonly cacheKey: string;
  private readonly engine: TokenizerEngine;

  constructor(engine: TokenizerEngine, sha256: string, cacheKey: string) {
    this.sha256 = sha256;
    this.cacheKey = cacheKey;
    this.engine = engine;
    this.vocabularySize = engine.vocabularySize;
  }

  async encode(text: string, options?: EncodeOptions): Promise<Uint32Array> {
    return (await this.encodeMeasured(text, options)).ids;
  }

  async encodeMeasured(text: string, { signal, cache }: EncodeOptions = {}): Promise<MeasuredTokens> {
    throwIfAborted(signal);
    const source = wellFormed(text);
    if (!cache) return this.encodeWhole(source, signal);
    const bytes = new TextEncoder().encode(source);
    const key = await sha256Hex(new TextEncoder().encode(this.cacheKey), bytes);
    const known = unpacked(await cache.get(key), this.vocabularySize, bytes.length);
    if (known) return known;
    const tokens = await this.encodeWhole(source, signal);
    if (tokens.bytes) await cache.set(key, packed(tokens.ids, tokens.bytes));
    return tokens;
  }

  decode(ids: ArrayLike<number>): string {
    return ids.length === 0 ? '' : guarded(() => this.engine.decode(Array.from(ids)));
  }

  private async encodeWhole(text: string, signal?: AbortSignal): Promise<MeasuredTokens> {
    const encoded: Encoded = { ids: [], ends: [] };
    const words = this.engine.encode(text, encoded);
    while (encodesOn(words)) {
      await nextTask();
      throwIfAborted(signal);
    }
    const { before, after } = this.engine.around;
    const bytes = bytesOf(encoded.ends, new TextEncoder().encode(text).length);
    return {
      ids: Uint32Array.from([...before, ...encoded.ids, ...after]),
      ...(bytes && { bytes: Uint32Array.from([...before.map(() => 0), ...bytes, ...after.map(() => 0)]) }),
    };
  }
}

/** Encodes words for a while. @returns whether there are more */
function encodesOn(words: Iterator<void>): boolean {
  const turn = performance.now();
  for (let count = 1; !guarded(() => words.next()).done; count++)
    if (count % WORDS_PER_LOOK === 0 && performance.now() - turn >= YIELD_MS) return true;
  return false;
}

/** Patterns on a long text can exceed the stack of JavaScript's engine, which throws a RangeError. */
function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw new LabError(
      'unsupported',
      `tokenizer.json cannot be used: ${reason(error)}.`,
      'Choose another model.',
      error,
    );
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, MAX_REASON_LENGTH);
}

/**
 * Returns the bytes of each token from the places at which they end: what lies between the end of the token before and its
 * own. What no token covers, such as spaces that a normalizer strips, counts with the next token, or with the last. A token
 * that ends no later than one before it, as a second token of one character, has 0 bytes.
 * @returns undefined if a text has no token that could stand for its bytes
 */
function bytesOf(ends: readonly number[], total: number): number[] | undefined {
  if (ends.length === 0) return total === 0 ? [] : undefined;
  let covered = 0;
  return ends.map((end, i) => {
    const reached = i === ends.length - 1 ? total : Math.max(covered, end);
    const bytes = reached - covered;
    covered = reached;
    return bytes;
  });
}

/** Replaces halves of surrogate pairs, which have no UTF-8, by the replacement mark. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, '\uFFFD');
}

/** Returns tokens as one list: the number of ids, the ids, the bytes. */
function packed(ids: Uint32Array, bytes: Uint32Array): Uint32Array {
  const list = new Uint32Array(1 + ids.length + bytes.length);
  list[0] = ids.length;
  list.set(ids, 1);
  list.set(bytes, 1 + ids.length);
  return list;
}

/** Reads such a list; undefined if it is not one of this tokenizer and a text of `total` bytes. */
function unpacked(
  list: Uint32Array | undefined,
  vocabulary: number,
  total: number,
): MeasuredTokens | undefined {
  if (!list || list.length === 0) return undefined;
  const [count] = list;
  const [ids, bytes] = [list.slice(1, 1 + count), list.slice(1 + count)];
  if (ids.length !== count || !ids.every((id) => id < vocabulary)) return undefined;
  const isWhole = bytes.length === count && bytes.reduce((sum, value) => sum + value, 0) === total;
  return isWhole ? { ids, bytes } : undefined;
}

/** Resolves in the next task of the event loop. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
