import * as v from 'valibot';
import { LabError } from '../base/errors';
import { issuePath, issueReason } from '../base/issue';
import { expandSpellings, shortenSpellings } from './spellings';

/** Where a model comes from, and the SHA-256 of its weights. */
export interface ModelOrigin {
  id: string;
  source: string;
  revision: string;
  sha256: string;
}

/** The metadata of an artefact, in whichever version of the format it was written. */
export interface ArtefactMetadata {
  /** Version of the format the file was read in. Files are written in version 2. */
  version?: 1 | 2;
  model: ModelOrigin;
  /** The model of which codecs code the difference; absent if none does. */
  base?: ModelOrigin;
  /** The checkpoint's config.json. */
  config: Record<string, unknown>;
  scope: 'linear' | 'all';
  rest: 'float16' | 'float32' | 'bfloat16';
  /** Codec spellings; `tensors` refers to them by index. */
  codecs: string[];
  /** Spelling of the assigner that chose the codecs; absent if the recipe names one codec. */
  assigned?: string;
  /**
   * Index into `codecs` of every tensor the scope codes, in the architecture's order. If absent, all have the first. Version 1
   * lists coded tensors by name.
   */
  tensors?: number[] | Record<string, number>;
  /** Names of the files stored as `asset/<name>`, in version 1 only. Later versions take them from the names of the tensors. */
  assets?: string[];
}

const config = v.record(v.string(), v.unknown());
const scope = v.picklist(['linear', 'all']);
const rest = v.picklist(['float16', 'float32', 'bfloat16']);
const index = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Version 1 is one JSON string. It is still read. */
const version1 = v.object({
  version: v.literal(1),
  model: v.object({ id: v.string(), source: v.string(), revision: v.string(), sha256: v.string() }),
  config,
  scope,
  rest,
  codecs: v.array(v.string()),
  assigned: v.optional(v.string()),
  tensors: v.record(v.string(), index),
  assets: v.array(v.string()),
});

/** id, source, revision, SHA-256 of the weights */
const origin = v.tuple([v.string(), v.string(), v.string(), v.string()]);

const version2 = v.object({
  version: v.literal(2),
  model: origin,
  base: v.optional(origin),
  config,
  scope,
  rest,
  /** Spellings, from the second on as what differs from the first (spellings.ts). */
  codecs: v.array(v.union([v.string(), v.tuple([index, index, v.string()])])),
  assigned: v.optional(v.string()),
  tensors: v.optional(v.array(index)),
});

const KEY = 'bitcurve';

/**
 * Formats metadata as one string under the key `bitcurve`, since safetensors metadata maps strings to strings. It is
 * JSON with ' and " exchanged, so that no quote needs a backslash in the header, and short: on a model of 260,000
 * weights a hundred bytes are 0.003 bits per weight.
 */
export function formatMetadata(metadata: ArtefactMetadata): Record<string, string> {
  const { model, base, codecs, ...others } = metadata;
  const stored = {
    ...others,
    version: 2,
    model: originTuple(model),
    ...(base && { base: originTuple(base) }),
    codecs: shortenSpellings(codecs),
  };
  return { [KEY]: exchangeQuotes(JSON.stringify(stored)) };
}

function originTuple({ id, source, revision, sha256 }: ModelOrigin) {
  return [id, source, revision, sha256];
}

function originOfTuple([id, source, revision, sha256]: v.InferOutput<typeof origin>): ModelOrigin {
  return { id, source, revision, sha256 };
}

/** Exchanges ' and ". The function is its own inverse. */
function exchangeQuotes(text: string): string {
  return text.replace(/["']/g, (quote) => (quote === '"' ? "'" : '"'));
}

/**
 * Reads the metadata of an artefact of either version.
 * @throws LabError bad-file when the file is not an artefact, or is one of an unknown version
 */
export function parseMetadata(metadata: Readonly<Record<string, string>>): ArtefactMetadata {
  const text = metadata[KEY];
  if (text === undefined)
    throw bad(
      'The file is a safetensors file but not a Bitcurve artefact: its metadata has no "bitcurve" entry.',
    );
  if (text.startsWith('{"')) return checked(version1, parseJson(text));
  const { model, base, codecs, ...others } = checked(version2, parseJson(exchangeQuotes(text)));
  const spellings = expandSpellings(codecs);
  if (!spellings) throw bad('The artefact does not spell its codecs as its version of the format does.');
  return {
    model: originOfTuple(model),
    ...(base && { base: originOfTuple(base) }),
    codecs: spellings,
    ...others,
  };
}

function checked<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw bad(
    `The artefact's metadata is not valid at ${issuePath(issue) ?? 'its root'}: ${issueReason(issue)}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad('The artefact’s metadata is not JSON.', error);
  }
}

function bad(message: string, cause?: unknown): LabError {
  return new LabError('bad-file', message, 'Write the file again with `npm run compress`.', cause);
}
