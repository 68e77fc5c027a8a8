import type { Tokenizer } from '@huggingface/tokenizers';
import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { checkGrowth } from './growth';
import { objectField, objectsIn, type TokenizerJson } from './json';

/** What the lab asks of an engine. */
export interface Engine {
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  get_vocab(): ReadonlyMap<string, number>;
}

/** Ids stay below this, as config.json’s vocabulary does: the library makes lists as long as the highest one. */
const MOST_IDS = 1 << 20;
/** Longest reason in a sentence; characters. */
const LONGEST = 200;

/**
 * The engine of a tokenizer.json that is hostile until parsed: the library checks little of it when it opens it, and then fails in
 * the middle of a text in whatever way the language has.
 * @throws LabError bad-file for ids that cannot be; unsupported, for steps that multiply a text and the like, also from its methods
 */
export function openEngine(Kind: typeof Tokenizer, json: TokenizerJson, config: TokenizerJson): Engine {
  checkGivenIds(json);
  checkGrowth(json);
  const engine = guarded(() => new Kind(json, config));
  return {
    encode: (text, options) => guarded(() => checkedIds(engine, engine.encode(text, options))),
    decode: (ids, options) => guarded(() => engine.decode(ids, options)),
    get_vocab: () => guarded(() => engine.get_vocab()),
  };
}

/** A model's token for the unknown, and a post-processor's own, may have ids that no token has. */
function checkedIds<T extends { ids: number[] }>(engine: Tokenizer, encoding: T): T {
  const wrong = encoding.ids.find((id) => !isId(id) || engine.id_to_token(id) === undefined);
  if (wrong === undefined) return encoding;
  throw new TypeError(`a text has a token ${shown(wrong)}, which the vocabulary lacks`);
}

/** The ids a file gives its tokens: those of a list are its places. */
function checkGivenIds(json: TokenizerJson): void {
  const vocab = objectField(json, 'model')?.vocab;
  if (Array.isArray(vocab) && vocab.length > MOST_IDS) throw badId(vocab.length - 1);
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab ?? {})) if (!isId(id)) throw badId(id);
  for (const token of objectsIn(json, 'added_tokens')) if (!isId(token?.id)) throw badId(token?.id);
}

function badId(id: unknown): LabError {
  return new LabError(
    'bad-file',
    `tokenizer.json gives a token the id ${shown(id)}; whole numbers from 0 to ${MOST_IDS - 1} are read.`,
    'Download or export the model again.',
  );
}

function isId(id: unknown): boolean {
  return Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MOST_IDS;
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
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
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, LONGEST);
}
