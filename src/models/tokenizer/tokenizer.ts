import { sha256Hex } from '../../base/checksum';
import { LabError, throwIfAborted } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import { plainBytes, type ByteRule } from './bytes';
import { openEngine, type Engine } from './engine';
import { PieceEncoder } from './pieces';

/** Remembers token ids between runs (IndexedDB in the page, a folder on the command line). */
export interface TokenCache {
  get(key: string): Promise<Uint32Array | undefined>;
  set(key: string, ids: Uint32Array): Promise<void>;
}

interface EncodeOptions {
  signal?: AbortSignal;
  cache?: TokenCache;
}

export interface Tokenizer {
  /** SHA-256 of tokenizer.json. */
  sha256: string;
  /** Ids are below this. */
  vocabularySize: number;
  /**
   * Ids of a text, special tokens as the tokenizer's post-processor adds them to the whole text once. The result is that of encoding
   * the text in one go; where the tokenizer allows (see `Pieces`) the work is done in pieces, so that Stop is answered in between.
   * @throws Cancelled
   */
  encode(text: string, options?: EncodeOptions): Promise<Uint32Array>;
  /** The text of ids, without special tokens. */
  decode(ids: ArrayLike<number>): string;
  /**
   * UTF-8 bytes each token stands for in the text `ids` encode, so that their sum over a whole encoded text is the text's length: a
   * special token the post-processor adds is none; the space that some tokenizers put before the text is not counted.
   */
  tokenBytes(ids: ArrayLike<number>): Uint32Array;
}

/** How long pieces are encoded before messages to the worker (Stop) get their turn. */
const TURN_MS = 30;

/**
 * Opens tokenizer.json (and tokenizer_config.json, if there is one) of a model.
 * @throws LabError bad-file without tokenizer.json or with a damaged one; unsupported for a kind the engine does not know
 */
export async function loadTokenizer(assets: ReadonlyMap<string, Uint8Array>): Promise<Tokenizer> {
  const bytes = assets.get('tokenizer.json');
  if (!bytes)
    throw new LabError(
      'bad-file',
      'The model has no tokenizer.json.',
      'Save the fast tokenizer beside the model: tokenizer.save_pretrained(folder).',
    );
  const json = parseJsonObject('tokenizer.json', bytes);
  const config = assets.get('tokenizer_config.json');
  const settings = config ? parseJsonObject('tokenizer_config.json', config) : {};
  const settled = await sha256Hex(bytes, ...(config ? [config] : []));
  // Loaded when a model is opened: the page's first screen does without.
  const engines = await import('@huggingface/tokenizers');
  const open: OpenEngine = (altered) => openEngine(engines.Tokenizer, altered, settings);
  return new HubTokenizer(json, open, await sha256Hex(bytes), settled);
}

type OpenEngine = (json: Record<string, unknown>) => Engine;

class HubTokenizer implements Tokenizer {
  readonly sha256: string;
  readonly vocabularySize: number;
  /** Sum of both files: either may change the ids. */
  private readonly cacheKey: string;
  private readonly engine: Engine;
  private readonly pieces: PieceEncoder;
  private readonly prefix: readonly number[];
  private readonly suffix: readonly number[];
  private readonly bytes: ByteRule;

  constructor(json: Record<string, unknown>, open: OpenEngine, sha256: string, cacheKey: string) {
    this.sha256 = sha256;
    this.cacheKey = cacheKey;
    this.engine = open(json);
    this.pieces = new PieceEncoder(json, this.engine, open);
    [this.prefix, this.suffix] = addedAround(this.engine);
    this.bytes = plainBytes(json);
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
      if (performance.now() - turn < TURN_MS) continue;
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

/** What the post-processor puts before and after every text, seen on a text of one letter. */
function addedAround(engine: Engine): [number[], number[]] {
  const bare = engine.encode('a', { add_special_tokens: false }).ids;
  const full = engine.encode('a').ids;
  const before = bare.length === 0 ? -1 : full.findIndex((_, i) => bare.every((id, j) => full[i + j] === id));
  if (before >= 0) return [full.slice(0, before), full.slice(before + bare.length)];
  throw new LabError(
    'unsupported',
    'tokenizer.json has a post-processor that changes the text’s own tokens.',
    'Choose another model.',
  );
}

function highestId(engine: Engine): number {
  let highest = -1;
  for (const id of engine.get_vocab().values()) if (id > highest) highest = id;
  return highest;
}

/** Lets the event loop deliver messages. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
