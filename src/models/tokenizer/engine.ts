import type { Tokenizer } from '@huggingface/tokenizers';
import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { checkGrowth } from './growth';
import { objectField, objectsIn, type TokenizerJson } from './json';

/** The methods of the tokenizer library that are used. */
export interface Engine {
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  get_vocab(): ReadonlyMap<string, number>;
}

/** Ids are below this, the limit of a vocabulary in config.json; the library allocates arrays as long as the highest id. */
const MAX_IDS = 1 << 20;
/** Maximum length of a reason in an error, in characters. */
const MAX_REASON_LENGTH = 200;

/**
 * Opens the library with an untrusted tokenizer.json. The library itself checks little of it and fails later with
 * arbitrary errors, so these are converted.
 * @throws LabError bad-file for invalid ids; unsupported (also from the methods) for steps that multiply a text and for
 *   anything the library cannot use
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

/** Checks the ids of an encoding: those of the unknown token and of the post-processor may be outside the vocabulary. */
function checkedIds<T extends { ids: number[] }>(engine: Tokenizer, encoding: T): T {
  const wrong = encoding.ids.find((id) => !isId(id) || engine.id_to_token(id) === undefined);
  if (wrong === undefined) return encoding;
  throw new TypeError(`it encodes a text into the id ${shown(wrong)}, which the vocabulary lacks`);
}

/** Checks the ids of tokens; if the vocabulary is a list, they are its indices. */
function checkGivenIds(json: TokenizerJson): void {
  const vocab = objectField(json, 'model')?.vocab;
  if (Array.isArray(vocab) && vocab.length > MAX_IDS) throw badId(vocab.length - 1);
  if (!Array.isArray(vocab)) for (const id of Object.values(vocab ?? {})) if (!isId(id)) throw badId(id);
  for (const token of objectsIn(json, 'added_tokens')) if (!isId(token?.id)) throw badId(token?.id);
}

function badId(id: unknown): LabError {
  return new LabError(
    'bad-file',
    `tokenizer.json gives a token the id ${shown(id)}; ids are integers from 0 to ${MAX_IDS - 1}.`,
    'Download or export the model again.',
  );
}

function isId(id: unknown): boolean {
  return Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < MAX_IDS;
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
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, MAX_REASON_LENGTH);
}
