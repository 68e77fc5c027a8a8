import * as v from 'valibot';
import { LabError } from '../base/errors';

/**
 * What the artefact's safetensors metadata says under the key `bitcurve` (one JSON string; safetensors metadata maps
 * strings to strings). Kept short: on a model of 260,000 weights every hundred bytes are 0.003 bits per weight.
 */
const schema = v.object({
  version: v.literal(1),
  model: v.object({ id: v.string(), source: v.string(), revision: v.string(), sha256: v.string() }),
  /** The checkpoint's config.json. */
  config: v.record(v.string(), v.unknown()),
  scope: v.picklist(['linear', 'all']),
  rest: v.picklist(['float16', 'float32', 'bfloat16']),
  /** Codec spellings; `tensors` refers to them by index. */
  codecs: v.array(v.string()),
  /** What chose a codec for each tensor, where that was asked for. */
  assigned: v.optional(v.string()),
  /** Coded tensors: name → index into `codecs`. */
  tensors: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** Coded tensors whose checkpoint orientation is [in, out]; the artefact holds canonical [out, in]. */
  transposed: v.array(v.string()),
  /** File names stored as `asset/<name>`: tokenizer and preprocessor, outside all ratios. */
  assets: v.array(v.string()),
});

export type ArtefactMetadata = v.InferOutput<typeof schema>;

const KEY = 'bitcurve';

export function formatMetadata(metadata: ArtefactMetadata): Record<string, string> {
  return { format: 'pt', [KEY]: JSON.stringify(metadata) };
}

/** @throws LabError bad-file when the file is not an artefact of this version */
export function parseMetadata(metadata: Readonly<Record<string, string>>): ArtefactMetadata {
  const text = metadata[KEY];
  if (text === undefined)
    throw bad(
      'The file is a safetensors file, but no Bitcurve artefact: its metadata has no "bitcurve" entry.',
    );
  const result = v.safeParse(schema, parseJson(text));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw bad(`The artefact's metadata is not valid at ${v.getDotPath(issue) ?? 'its root'}: ${issue.message}`);
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
