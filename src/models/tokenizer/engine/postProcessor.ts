import { objectField, type TokenizerJson } from '../json';
import { Fields } from './fields';

/** The ids that a tokenizer adds before and after every text. */
export interface Around {
  before: readonly number[];
  after: readonly number[];
}

/**
 * Returns what a post-processor of tokenizer.json adds to a single text.
 * @throws LabError unsupported for an unknown type, field or value
 */
export function aroundOf(json: TokenizerJson | undefined): Around {
  if (!json) return { before: [], after: [] };
  const fields = new Fields(json, 'post_processor');
  if (!Object.hasOwn(KINDS, fields.type)) throw fields.refused('is not supported');
  const around = KINDS[fields.type](fields);
  fields.end();
  return around;
}

const KINDS: Record<string, (fields: Fields) => Around> = {
  Sequence(fields) {
    const steps = fields.components('processors').map(aroundOf);
    const adding = steps.filter(({ before, after }) => before.length + after.length > 0);
    // The Rust library does not define which tokens of two templates come first.
    if (adding.length > 1) throw fields.refused('adds tokens in more than one step');
    return adding[0] ?? { before: [], after: [] };
  },
  ByteLevel(fields) {
    // These change offsets alone, which the lab takes from the text before post-processing.
    fields.neutral('add_prefix_space', 'trim_offsets', 'use_regex');
    return { before: [], after: [] };
  },
  TemplateProcessing(fields) {
    const single = fields.components('single');
    const table = objectField({ table: fields.any('special_tokens') }, 'table') ?? {};
    // A pair of texts is never encoded.
    fields.neutral('pair');
    const places = single.flatMap((piece, i) => (objectField(piece, 'Sequence') ? [i] : []));
    if (places.length !== 1 || objectField(single[places[0]], 'Sequence')!.id !== 'A')
      throw fields.refused('does not have the text once in its template');
    const ids = (pieces: readonly TokenizerJson[]) => pieces.flatMap((piece) => idsOf(piece, table, fields));
    return { before: ids(single.slice(0, places[0])), after: ids(single.slice(places[0] + 1)) };
  },
  BertProcessing: classAndSeparator,
  RobertaProcessing(fields) {
    fields.neutral('add_prefix_space', 'trim_offsets');
    return classAndSeparator(fields);
  },
};

function idsOf(piece: TokenizerJson, table: TokenizerJson, fields: Fields): number[] {
  const name = objectField(piece, 'SpecialToken')?.id;
  const entry = typeof name === 'string' && Object.hasOwn(table, name) ? objectField(table, name) : undefined;
  const ids = entry?.ids;
  if (Array.isArray(ids) && ids.every((id) => Number.isSafeInteger(id) && id >= 0)) return ids as number[];
  throw fields.refused('uses a token that it does not define');
}

function classAndSeparator(fields: Fields): Around {
  const id = (name: string) => {
    const token = fields.any(name);
    const value: unknown = Array.isArray(token) && token.length === 2 ? token[1] : undefined;
    if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
    throw fields.refused(`has no token ${name}`);
  };
  return { before: [id('cls')], after: [id('sep')] };
}
