import { shown } from '../../base/shown';
import type { TokenizerJson } from './json';
import { objectField } from './json';
import { bad, VOCAB, type Vocabulary } from './vocabFiles';

/** An entry of tokenizer.json's `added_tokens`. */
interface SpecialToken {
  id: number;
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** The special and added tokens of a model with vocab.json. */
export interface VocabSpecialTokens {
  /** All tokens in order of id. */
  tokens: readonly SpecialToken[];
  /** The token `bos_token`, if it is defined. */
  bos?: SpecialToken;
}

const CONFIG = 'tokenizer_config.json';
const ROLES = ['bos_token', 'eos_token', 'unk_token', 'pad_token', 'sep_token', 'cls_token', 'mask_token'];
/** The defaults of transformers. */
const DEFAULTS: TokenizerJson = {
  bos_token: '<|endoftext|>',
  eos_token: '<|endoftext|>',
  unk_token: '<|endoftext|>',
};
/** Maximum number of added tokens, far above any model. */
const MAX_ADDED = 10_000;

/**
 * Returns the tokens that are matched as a whole: those with a role, those that the settings add, and those of
 * added_tokens.json. A token that the vocabulary lacks gets the next free id, as in transformers.
 * @throws LabError bad-file if a token or an id is invalid
 */
export function specialTokensOf(
  settings: TokenizerJson,
  added: TokenizerJson,
  vocabulary: Vocabulary,
): VocabSpecialTokens {
  const tokens = new TokenList(vocabulary);
  for (const [content, id] of entries(added, 'added_tokens.json')) tokens.add({ ...plain(content), id });
  for (const [id, token] of entries(objectField(settings, 'added_tokens_decoder') ?? {}, CONFIG))
    tokens.add({ ...parseToken(token, `the token ${id}`), id: Number(id) });
  for (const role of ROLES) {
    const given = tokenOf(settings, role);
    if (given !== null) tokens.add({ ...parseToken(given, role), special: true });
  }
  const bos = tokenOf(settings, ROLES[0]);
  return { tokens: tokens.list(), ...(bos !== null && { bos: tokens.get(parseToken(bos, ROLES[0])) }) };
}

/** Returns the token of a role as the settings define it, or its default, or null if there is none. */
function tokenOf(settings: TokenizerJson, role: string): unknown {
  return (settings[role] === undefined ? DEFAULTS[role] : settings[role]) ?? null;
}

function entries(object: TokenizerJson, name: string): [string, unknown][] {
  const list = Object.entries(object);
  if (list.length > MAX_ADDED)
    throw bad(name, `adds ${list.length} tokens; at most ${MAX_ADDED} can be read`);
  return list;
}

class TokenList {
  private readonly tokens = new Map<string, SpecialToken>();
  private readonly taken: Map<number, string>;

  constructor(private readonly vocabulary: Vocabulary) {
    this.taken = new Map([...vocabulary].map(([token, id]) => [id, token]));
  }

  add({ id, ...token }: Omit<SpecialToken, 'id'> & { id?: unknown }): void {
    const { content } = token;
    const known = this.tokens.get(content);
    const number = id ?? known?.id ?? this.vocabulary.get(content) ?? this.next();
    if (!Number.isInteger(number) || (number as number) < 0 || (number as number) > 1 << 20)
      throw bad(
        CONFIG,
        `gives the token ${shown(content)} the id ${shown(number)}; ids are integers from 0 to ${1 << 20}`,
      );
    const numberBefore = known?.id ?? this.vocabulary.get(content) ?? number;
    const tokenBefore = this.taken.get(number as number) ?? content;
    if (numberBefore !== number || tokenBefore !== content)
      throw bad(CONFIG, `gives ${shown(content)} the id ${shown(number)}, which contradicts ${VOCAB}`);
    this.taken.set(number as number, content);
    const special = token.special || known?.special === true;
    this.tokens.set(content, { ...(known ?? token), id: number as number, special });
  }

  get({ content }: { content: string }): SpecialToken {
    return this.tokens.get(content)!;
  }

  list(): SpecialToken[] {
    return [...this.tokens.values()].sort((a, b) => a.id - b.id);
  }

  private next(): number {
    let highest = -1;
    for (const id of this.taken.keys()) highest = Math.max(highest, id);
    return highest + 1;
  }
}

function plain(content: string): Omit<SpecialToken, 'id'> {
  const sides = { single_word: false, lstrip: false, rstrip: false };
  return { content, ...sides, normalized: true, special: true };
}

/** Parses a token in tokenizer_config.json, which is a string or an `AddedToken`. */
function parseToken(token: unknown, what: string): Omit<SpecialToken, 'id'> {
  if (typeof token === 'string' && token !== '') return plain(token);
  const { content, single_word, lstrip, rstrip, normalized, special } = (token ?? {}) as TokenizerJson;
  if (typeof content !== 'string' || content === '') throw bad(CONFIG, `does not define ${what}`);
  const sides = { single_word: single_word === true, lstrip: lstrip === true, rstrip: rstrip === true };
  return { content, ...sides, normalized: normalized !== false, special: special !== false };
}
