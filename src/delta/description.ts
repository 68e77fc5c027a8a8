import * as v from 'valibot';
import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { isDtype, type Dtype } from '../formats/dtypes';

/** Name and version of the format, and the key of the description among the metadata of the safetensors file. */
export const MODEL_DELTA_FORMAT = 'bitcurve.delta/1';
const METADATA_KEY = 'bitcurve_delta';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

const tensor = v.object({
  dtype: v.custom<Dtype>(isDtype),
  shape: v.array(count),
  /** Id of the encoder. */
  encoder: v.string(),
  settings: v.optional(v.record(v.string(), v.number())),
  /** SHA-256 of the restored tensor (checksum.ts). */
  sha256,
});

const description = v.object({
  format: v.literal(MODEL_DELTA_FORMAT),
  /** Checksums of all tensors (checksum.ts). */
  base: v.object({ id: v.string(), sha256 }),
  tuned: v.object({ id: v.string(), sha256, bytes: count }),
  /** Whether the tensors of the fine-tuned model are restored bit for bit. */
  exact: v.boolean(),
  tensors: v.record(v.string(), tensor),
  /** Files of the model besides the weights: equal to the base's, or stored as file/NAME. */
  files: v.record(v.string(), v.picklist(['base', 'delta'])),
});

/** What the header of a model delta says. */
export type ModelDelta = v.InferOutput<typeof description>;
/** How a tensor is stored. Its parts are the tensors NAME.SUFFIX of the file. */
export type DeltaTensor = v.InferOutput<typeof tensor>;

/** The name in the file of a file of the model that is stored. */
export const fileEntry = (name: string) => `file/${name}`;

/** Makes the metadata strings of the file. */
export function formatModelDelta(delta: ModelDelta): Record<string, string> {
  return { [METADATA_KEY]: JSON.stringify(delta) };
}

/** Parses the metadata strings of a file. @throws LabError bad-file */
export function parseModelDelta(metadata: Readonly<Record<string, string>>): ModelDelta {
  const text = Object.hasOwn(metadata, METADATA_KEY) ? metadata[METADATA_KEY] : undefined;
  if (text === undefined) throw notDelta('its metadata has no description of a delta');
  try {
    return v.parse(description, JSON.parse(text));
  } catch (error) {
    const issue = error instanceof v.ValiError ? (error.issues as v.BaseIssue<unknown>[])[0] : undefined;
    const field = issue && v.getDotPath(issue);
    throw notDelta(
      field ? `its field ${quoted(field)} is missing or wrong` : 'its description is not JSON',
      error,
    );
  }
}

function notDelta(problem: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a model delta: ${problem}.`,
    'Name a file that `npm run delta -- make` wrote.',
    cause,
  );
}
