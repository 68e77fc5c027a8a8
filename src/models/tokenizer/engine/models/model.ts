import { objectField, type TokenizerJson } from '../../json';
import { sliceAligned, type AlignedText } from '../alignedText';
import { Fields } from '../fields';
import { refusal } from '../refusal';
import { bpe } from './bpe';
import type { TokenModel } from './tokenModel';
import { unigram } from './unigram';
import { wordLevel, wordPiece } from './wordPiece';

/**
 * Returns the model of a tokenizer.json as the Rust library has it.
 * @throws LabError unsupported for an unknown type, field or value
 */
export function modelOf(json: TokenizerJson): TokenModel {
  const model = objectField(json, 'model');
  if (!model) throw refusal('it has no model');
  const fields = new Fields(
    typeof model.type === 'string' ? model : { type: typeWithout(model), ...model },
    'model',
  );
  if (!Object.hasOwn(KINDS, fields.type)) throw fields.refused('is not supported');
  const made = KINDS[fields.type](fields);
  fields.end();
  return made;
}

const KINDS: Record<string, (fields: Fields) => TokenModel> = {
  BPE: bpe,
  Unigram: unigram,
  WordPiece: wordPiece,
  WordLevel: wordLevel,
};

/** Returns the type of a model in a file from before models had one. */
function typeWithout(model: TokenizerJson): string {
  if ('merges' in model) return 'BPE';
  if (Array.isArray(model.vocab)) return 'Unigram';
  return 'max_input_chars_per_word' in model ? 'WordPiece' : 'WordLevel';
}

/** Cuts a long word where the model allows it. */
export function* partsOf(model: TokenModel, word: AlignedText): Generator<AlignedText> {
  let from = 0;
  for (const cut of model.cuts?.(word.text) ?? []) {
    yield sliceAligned(word, from, cut);
    from = cut;
  }
  if (from < word.text.length) yield sliceAligned(word, from, word.text.length);
}
