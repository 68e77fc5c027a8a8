import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { checkGrowth } from './growth';
import { objectField, objectsIn, type TokenizerJson } from './json';

const CONFIG = 'tokenizer_config.json';
const ROLES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];
/** Maximum number of tokens that tokenizer_config.json may add, far above any model. */
const MAX_ADDED = 10_000;
/** Settings that change the ids in a way the lab does not have. */
const REFUSED = ['split_special_tokens', 'fix_mistral_regex'];
/** Settings that repeat a field of BERT's normalizer, and that field. */
const NORMALIZER_FIELDS = {
  do_lower_case: 'lowercase',
  strip_accents: 'strip_accents',
  tokenize_chinese_chars: 'handle_chinese_chars',
};

/**
 * Returns a tokenizer.json with what tokenizer_config.json adds to it, as transformers 5 loads both: the tokens of
 * `added_tokens_decoder`, of the roles such as `bos_token` and of `extra_special_tokens`, and the tokens around a text if
 * `add_bos_token` or `add_eos_token` is there. A setting that contradicts tokenizer.json is refused by name.
 * @throws LabError bad-file for an invalid setting; unsupported for one that the lab does not have
 */
export function withSettings(json: TokenizerJson, settings: TokenizerJson): TokenizerJson {
  checkGrowth(json);
  const refused = REFUSED.find((name) => settings[name] === true);
  if (refused !== undefined) throw unsupported(`sets ${refused}, which is not supported`);
  checkNormalizer(json, settings);
  const tokens = new TokenEntries(json);
  const roles = addTokens(tokens, settings);
  return {
    ...json,
    added_tokens: tokens.entries,
    pre_tokenizer: withPrefixSpace(json, settings),
    ...(('add_bos_token' in settings || 'add_eos_token' in settings) && {
      post_processor: aroundText(settings, roles, tokens),
    }),
  };
}

/** The entries of `added_tokens` in the order in which they are registered, and the ids of tokens. */
class TokenEntries {
  readonly entries: TokenizerJson[];
  private readonly ids = new Map<string, number>();
  private readonly vocabulary: (content: string) => number | undefined;
  private next: number;

  constructor(json: TokenizerJson) {
    this.entries = [...(Array.isArray(json.added_tokens) ? (json.added_tokens as TokenizerJson[]) : [])];
    const vocab = objectField(json, 'model')?.vocab;
    const list = Array.isArray(vocab)
      ? new Map(
          (vocab as unknown[]).map((entry, id) => [
            Array.isArray(entry) && typeof entry[0] === 'string' ? entry[0] : '',
            id,
          ]),
        )
      : new Map(Object.entries((vocab ?? {}) as Record<string, number>));
    this.vocabulary = (content) => list.get(content);
    this.next = list.size;
    for (const entry of objectsIn(json, 'added_tokens'))
      if (typeof entry?.content === 'string' && typeof entry.id === 'number')
        this.register(entry.content, entry.id);
  }

  idOf(content: string): number | undefined {
    return this.vocabulary(content) ?? this.ids.get(content);
  }

  /** Adds a token. @param id its id in the settings; without it the token has the id it has, or the next one */
  add(token: TokenizerJson & { content: string }, id?: number): void {
    const given = id ?? this.idOf(token.content) ?? this.next;
    this.register(token.content, given);
    this.entries.push({ id: given, ...token });
  }

  private register(content: string, id: number): void {
    if (this.vocabulary(content) === undefined) this.ids.set(content, id);
    this.next = Math.max(this.next, id + 1);
  }
}

/** Adds the tokens of the settings. @returns the contents of the roles */
function addTokens(tokens: TokenEntries, settings: TokenizerJson): Map<string, string> {
  const decoder = objectField(settings, 'added_tokens_decoder') ?? {};
  const given = Object.entries(decoder).map(([id, token]) => ({
    id: Number(id),
    token: parseToken(token, `the token ${id}`),
  }));
  if (given.length > MAX_ADDED) throw bad(`adds ${given.length} tokens; at most ${MAX_ADDED} can be read`);
  const roles = new Map<string, string>();
  const named: (TokenizerJson & { content: string })[] = [];
  const take = (value: unknown, what: string) => {
    const token = parseToken(value, what);
    // transformers takes the token of added_tokens_decoder that a text names.
    const known =
      typeof value === 'string' ? given.find(({ token: { content } }) => content === value) : undefined;
    named.push({ ...(known?.token ?? token), special: true });
    return token.content;
  };
  for (const role of ROLES) {
    const value = settings[role] ?? defaultOf(settings, role, tokens);
    if (value !== undefined && value !== null) roles.set(role, take(value, role));
  }
  for (const value of extraTokens(settings)) take(value, 'an extra special token');
  const isNamed = new Set(named.map(({ content }) => content));
  for (const { id, token } of given.sort((a, b) => a.id - b.id)) {
    if (!Number.isSafeInteger(id) || id < 0)
      throw bad(`gives the token ${shown(token.content)} an id that is no number`);
    tokens.add({ ...token, special: token.special || isNamed.has(token.content) }, id);
  }
  for (const token of named) tokens.add(token);
  return roles;
}

/** Returns the special tokens without a role, which are a list or an object of tokens by name. */
function extraTokens(settings: TokenizerJson): unknown[] {
  return ['extra_special_tokens', 'additional_special_tokens'].flatMap((name) => {
    const value = settings[name] ?? [];
    if (Array.isArray(value)) return value as unknown[];
    return typeof value === 'object' ? (Object.values(value) as unknown[]) : [value];
  });
}

/** The tokens that the classes of transformers have for roles that the settings do not name. */
const DEFAULTS: readonly { classes: RegExp; tokens: Record<string, string | undefined> }[] = [
  {
    classes: /^(GPT2|CodeGen|GPTNeoX)Tokenizer/,
    tokens: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
  },
  { classes: /^(Code)?LlamaTokenizer/, tokens: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' } },
];

/** Returns the token of a role that the settings do not name, if the vocabulary has it. */
function defaultOf(settings: TokenizerJson, role: string, tokens: TokenEntries): string | undefined {
  if (role in settings) return undefined;
  const found = DEFAULTS.find(({ classes }) => classes.test(classOf(settings)))?.tokens[role];
  return found !== undefined && tokens.idOf(found) !== undefined ? found : undefined;
}

function classOf({ tokenizer_class: name }: TokenizerJson): string {
  return typeof name === 'string' ? name : '';
}

interface Token {
  content: string;
  single_word: boolean;
  lstrip: boolean;
  rstrip: boolean;
  normalized: boolean;
  special: boolean;
}

/** Parses a token, which is a text or an `AddedToken`. */
function parseToken(token: unknown, what: string): Token & TokenizerJson {
  const plain = { single_word: false, lstrip: false, rstrip: false };
  if (typeof token === 'string' && token !== '')
    return { content: token, ...plain, normalized: false, special: true };
  const { content, single_word, lstrip, rstrip, normalized, special } = (token ?? {}) as TokenizerJson;
  if (typeof content !== 'string' || content === '') throw bad(`does not define ${what}`);
  const isSpecial = special === true;
  return {
    content,
    single_word: single_word === true,
    lstrip: lstrip === true,
    rstrip: rstrip === true,
    normalized: typeof normalized === 'boolean' ? normalized : !isSpecial,
    special: isSpecial,
  };
}

/** Returns the post-processor of `add_bos_token` and `add_eos_token` (`update_post_processor` of transformers). */
function aroundText(
  settings: TokenizerJson,
  roles: ReadonlyMap<string, string>,
  tokens: TokenEntries,
): TokenizerJson {
  const flags = ['add_bos_token', 'add_eos_token'];
  // transformers 4 begins texts with bos_token if only the other flag is there, transformers 5 does not.
  if (/^(Code)?LlamaTokenizer/.test(classOf(settings)) && !('add_bos_token' in settings))
    throw unsupported('sets add_eos_token, but not add_bos_token');
  const ids = flags.map((flag) => {
    if (settings[flag] !== true) return [];
    const role = flag.slice(4);
    const content = roles.get(role);
    const id = content === undefined ? undefined : tokens.idOf(content);
    if (id === undefined) throw bad(`sets ${flag}, but does not define ${role}`);
    return [{ content: content!, id }];
  });
  const special = (list: (typeof ids)[0], type_id: number) =>
    list.map(({ content }) => ({ SpecialToken: { id: content, type_id } }));
  const text = (id: string, type_id: number) => [
    ...special(ids[0], type_id),
    { Sequence: { id, type_id } },
    ...special(ids[1], type_id),
  ];
  return {
    type: 'TemplateProcessing',
    single: text('A', 0),
    pair: [...text('A', 0), ...text('B', 1)],
    special_tokens: Object.fromEntries(
      ids.flat().map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }]),
    ),
  };
}

/**
 * Returns the pre-tokenizer with the `add_prefix_space` of the settings. Classes of GPT-2's tokenizer take it from the
 * settings; of others transformers 4 and 5 differ, so a contradiction is refused.
 */
function withPrefixSpace(json: TokenizerJson, settings: TokenizerJson): unknown {
  const wanted = settings.add_prefix_space;
  const before = objectField(json, 'pre_tokenizer');
  if (typeof wanted !== 'boolean' || !before || prefixSpaces(before).every((value) => value === wanted))
    return json.pre_tokenizer;
  if (/^(GPT2|CodeGen|GPTNeoX)Tokenizer/.test(classOf(settings)) && before.type === 'ByteLevel')
    return { ...before, add_prefix_space: wanted };
  throw unsupported(`sets add_prefix_space to ${wanted}, which contradicts tokenizer.json`);
}

/** Returns whether the parts of a pre-tokenizer prepend a space, for those that can. */
function prefixSpaces(component: TokenizerJson): boolean[] {
  const { type, add_prefix_space: prefix, prepend_scheme: scheme } = component;
  if (type === 'Sequence')
    return objectsIn(component, 'pretokenizers').flatMap((part) => prefixSpaces(part ?? {}));
  if (type === 'ByteLevel') return [prefix !== false];
  return type === 'Metaspace' ? [scheme !== 'never' && prefix !== false] : [];
}

function checkNormalizer(json: TokenizerJson, settings: TokenizerJson): void {
  const normalizer = objectField(json, 'normalizer');
  if (normalizer?.type !== 'BertNormalizer') return;
  for (const [setting, field] of Object.entries(NORMALIZER_FIELDS))
    if (typeof settings[setting] === 'boolean' && (normalizer[field] ?? null) !== settings[setting])
      throw unsupported(`sets ${setting} to ${settings[setting]}, which contradicts tokenizer.json`);
}

function bad(why: string): LabError {
  return new LabError('bad-file', `${CONFIG} ${why}.`, 'Download or export the model again.');
}

function unsupported(why: string): LabError {
  return new LabError(
    'unsupported',
    `${CONFIG} ${why}.`,
    'Save the tokenizer again with tokenizer.save_pretrained(folder), or choose another model.',
  );
}
