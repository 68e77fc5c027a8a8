import { objectField, type TokenizerJson } from '../../tokenizer/json';
import { unsupportedTokenizer, type TokenizerKind, type TokenList } from './kind';
import { bool, ggufString, uint32, type GgufEntries, type MetadataReader } from '../values';

/** The special tokens of a model, and which of them are added to every text. */
export interface GgufSpecialTokens {
  bos?: number;
  eos?: number;
  unknown?: number;
  addsBos: boolean;
  addsEos: boolean;
  chatTemplate?: string;
}

const KEYS = { bos: 'bos_token_id', eos: 'eos_token_id', unknown: 'unknown_token_id' } as const;
type Role = keyof typeof KEYS;
const ROLES = Object.keys(KEYS) as Role[];
const key = (name: string) => `tokenizer.ggml.${name}`;
const CHAT_TEMPLATE = 'tokenizer.chat_template';

/**
 * Returns the special tokens of a model in hub layout. Ids are taken from the post-processor, then config.json, then
 * tokenizer_config.json.
 * @throws LabError unsupported for a post-processor llama.cpp does not have
 */
export function specialTokens(
  json: TokenizerJson,
  config: TokenizerJson,
  settings: TokenizerJson,
  { tokens }: TokenList,
): GgufSpecialTokens {
  const [before, after] = addedAround(json);
  const known = (id: unknown) => (typeof id === 'number' && tokens[id] !== undefined ? id : undefined);
  const named = (token: unknown) => {
    const content = typeof token === 'string' ? token : (token as TokenizerJson | null | undefined)?.content;
    return typeof content === 'string' ? known(tokens.indexOf(content)) : undefined;
  };
  const chatTemplate = settings.chat_template;
  return {
    bos: before[0] ?? known(first(config.bos_token_id)) ?? named(settings.bos_token),
    eos: after[0] ?? known(first(config.eos_token_id)) ?? named(settings.eos_token),
    unknown: named(objectField(json, 'model')?.unk_token ?? settings.unk_token),
    addsBos: before.length > 0,
    addsEos: after.length > 0,
    ...(typeof chatTemplate === 'string' && { chatTemplate }),
  };
}

const first = (value: unknown) => (Array.isArray(value) ? (value as unknown[])[0] : value);

/** Returns the ids that the post-processor adds before and after every text, at most one each. */
function addedAround(json: TokenizerJson): [number[], number[]] {
  const template = postProcessors(objectField(json, 'post_processor')).filter(
    ({ type }) => type !== 'ByteLevel',
  );
  if (template.length === 0) return [[], []];
  if (template.length > 1 || template[0].type !== 'TemplateProcessing')
    throw unsupportedTokenizer(`its post-processor is ${String(template[0].type)}`);
  const { single, special_tokens: table } = template[0];
  const pieces = Array.isArray(single) ? (single as TokenizerJson[]) : [];
  const text = pieces.findIndex((piece) => 'Sequence' in piece);
  const ids = (part: TokenizerJson[]) =>
    part.flatMap((piece) => idsOf(piece, table as TokenizerJson | undefined));
  const [before, after] = [ids(pieces.slice(0, text)), ids(pieces.slice(text + 1))];
  if (text < 0 || before.length > 1 || after.length > 1)
    throw unsupportedTokenizer('it adds more than one token before or after a text');
  return [before, after];
}

function idsOf(piece: TokenizerJson, table: TokenizerJson | undefined): number[] {
  const name = objectField(piece, 'SpecialToken')?.id;
  const ids = table && typeof name === 'string' ? objectField(table, name)?.ids : undefined;
  if (Array.isArray(ids) && ids.every((id) => typeof id === 'number')) return ids;
  throw unsupportedTokenizer('its post-processor uses a token that it does not define');
}

function postProcessors(json: TokenizerJson | undefined): TokenizerJson[] {
  if (!json) return [];
  return json.type === 'Sequence' && Array.isArray(json.processors)
    ? (json.processors as TokenizerJson[])
    : [json];
}

/** Returns the special tokens as GGUF metadata. */
export function specialEntries(special: GgufSpecialTokens): GgufEntries {
  const ids = ROLES.flatMap((role) => {
    const id = special[role];
    return id === undefined ? [] : ([[key(KEYS[role]), uint32(id)]] as GgufEntries);
  });
  return [
    ...ids,
    [key('add_bos_token'), bool(special.addsBos)],
    [key('add_eos_token'), bool(special.addsEos)],
    ...(special.chatTemplate === undefined
      ? []
      : ([[CHAT_TEMPLATE, ggufString(special.chatTemplate)]] as GgufEntries)),
  ];
}

/**
 * Returns the special tokens of a GGUF file.
 * @param kind the defaults of llama.cpp
 * @throws LabError bad-file with the field
 */
export function readSpecialTokens(
  metadata: MetadataReader,
  list: TokenList,
  kind: Pick<TokenizerKind, 'addsBos' | 'defaultIds'>,
): GgufSpecialTokens {
  const ids = Object.fromEntries(
    ROLES.map((role) => [role, readId(metadata, KEYS[role], list) ?? known(kind.defaultIds[role], list)]),
  );
  const adds = {
    addsBos: metadata.optionalBool(key('add_bos_token')) ?? kind.addsBos(metadata),
    addsEos: metadata.optionalBool(key('add_eos_token')) ?? false,
  };
  return { ...ids, ...adds, chatTemplate: metadata.optionalString(CHAT_TEMPLATE) };
}

/** Returns the id that a file states for a special token; ids outside the vocabulary are ignored, as in llama.cpp. */
function readId(metadata: MetadataReader, name: string, list: TokenList): number | undefined {
  return known(metadata.optionalInteger(key(name)), list);
}

function known(id: number | undefined, { tokens }: TokenList): number | undefined {
  return id !== undefined && id < tokens.length ? id : undefined;
}
