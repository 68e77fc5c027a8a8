import { sha256Hex } from '../../base/checksum';
import { LabError, throwIfAborted } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { byteCounter, type ByteCounter } from './bytes';
import { openEngine, type Engine } from './engine';
import { PieceEncoder } from './pieces';

/** A cache of token ids across runs (IndexedDB in the page, a folder on the command line). */
export interface TokenCache {
  get(key: string): Promise<Uint32Array | undefined>;
  set(key: string, ids: Uint32Array): Promise<void>;
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
   * Encodes a text into ids, including the special tokens that the post-processor adds to the whole text. If the
   * tokenizer allows (see `PieceEncoder`), the text is encoded in pieces into the same ids, so that the work can be
   * cancelled in between.
   * @throws LabError unsupported if the tokenizer fails; Cancelled
   */
  encode(text: string, options?: EncodeOptions): Promise<Uint32Array>;
  /** Decodes ids into a text without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /**
   * Returns the number of UTF-8 bytes that each token stands for. Their sum over an encoded text is its length: special
   * tokens that the post-processor adds have 0 bytes, and the space that some tokenizers prepend is not counted.
   */
  tokenBytes(ids: ArrayLike<number>): Uint32Array;
}

/** Time in milliseconds after which encoding yields to the event loop, so that it can be cancelled. */
const YIELD_MS = 30;

/**
 * Opens the tokenizer of a model from tokenizer.json and, if it exists, tokenizer_config.json.
 * @throws LabError bad-file if tokenizer.json is missing or damaged; unsupported for an unknown kind of tokenizer
 */
export async function loadTokenizer(assets: ReadonlyMap<string, Uint8Array>): Promise<Tokenizer> {
  const bytes = assets.get('tokenizer.json');
  if (!bytes)
    throw new LabError(
      'bad-file',
      'The model has no tokenizer.json.',
      'Save the fast tokenizer in the folder of the model: tokenizer.save_pretrained(folder).',
    );
  const json = parseJsonObject('tokenizer.json', bytes);
  const config = assets.get('tokenizer_config.json');
  const settings = config ? parseJsonObject('tokenizer_config.json', config) : {};
  const cacheKey = await sha256Hex(bytes, ...(config ? [config] : []));
  // The library is loaded only when a model is opened, since the first screen of the page does not need it.
  const engines = await import('@huggingface/tokenizers');
  const open: OpenEngine = (altered) => openEngine(engines.Tokenizer, altered, settings);
  return new HubTokenizer(json, open, await sha256Hex(bytes), cacheKey);
}

type OpenEngine = (json: Record<string, unknown>) => Engine;

class HubTokenizer implements Tokenizer {
  readonly sha256: string;
  readonly vocabularySize: number;
  /** SHA-256 of both files, since either can change the ids. */
  private readonly cacheKey: string;
  private readonly engine: Engine;
  private readonly pieces: PieceEncoder;
  private readonly prefix: readonly number[];
  private readonly suffix: readonly number[];
  private readonly bytes: ByteCounter;

  constructor(json: Record<string, unknown>, open: OpenEngine, sha256: string, cacheKey: string) {
    this.sha256 = sha256;
    this.cacheKey = cacheKey;
    this.engine = open(json);
    this.pieces = new PieceEncoder(json, this.engine, open);
    [this.prefix, this.suffix] = addedAround(this.engine);
    this.bytes = byteCounter(json);
    this.vocabularySize = highestId(this.engine) + 1;
  }

  async encode(text: string, { signal, cache }: EncodeOptions = {}): Promise<Uint32Array> {
    throwIfAborted(signal);
    if (!cache) return this.encodePieces(text, signal);
    const key = await sha256Hex(new TextEncoder().encode(this.cacheKey), new TextEncoder().encode(text));
    const known = await cache.get(key);
    if (known && known.every((id) => id < this.vocabularySize)) return known;
    const ids = await this.encodePieces(text, signal);
    await cache.set(key, ids);
    return ids;
  }

  private async encodePieces(text: string, signal?: AbortSignal): Promise<Uint32Array> {
    const ids: number[] = [...this.prefix];
    let turn = performance.now();
    for (const piece of this.pieces.encode(text)) {
      for (const id of piece) ids.push(id);
      if (performance.now() - turn < YIELD_MS) continue;
      await nextTask();
      throwIfAborted(signal);
      turn = performance.now();
    }
    return Uint32Array.from([...ids, ...this.suffix]);
  }

  decode(ids: ArrayLike<number>): string {
    if (ids.length === 0) return '';
    return this.engine.decode(Array.from(ids), {
      skip_special_tokens: true,
      clean_up_tokenization_spaces: false,
    });
  }

  tokenBytes(ids: ArrayLike<number>): Uint32Array {
    return this.bytes.count(Array.from(ids), this.prefix.length, this.suffix.length);
  }
}

/** Returns the ids that the post-processor adds before and after every text, determined from a text of one letter. */
function addedAround(engine: Engine): [number[], number[]] {
  const bare = engine.encode('a', { add_special_tokens: false }).ids;
  const full = engine.encode('a').ids;
  const before = bare.length === 0 ? -1 : full.findIndex((_, i) => bare.every((id, j) => full[i + j] === id));
  if (before >= 0) return [full.slice(0, before), full.slice(before + bare.length)];
  throw new LabError(
    'unsupported',
    'tokenizer.json has a post-processor that changes the tokens of the text.',
    'Choose another model.',
  );
}

function highestId(engine: Engine): number {
  let highest = -1;
  for (const id of engine.get_vocab().values()) if (id > highest) highest = id;
  return highest;
}

/** Resolves in the next task of the event loop. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
