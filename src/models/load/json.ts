import { LabError } from '../../base/errors';

/** Maximum size of a JSON file of a model, far above real ones. */
const MAX_JSON_BYTES = 64 << 20;

/**
 * Parses a JSON object from an untrusted file.
 * @throws LabError bad-file with the name of the file
 */
export function parseJsonObject(name: string, bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_JSON_BYTES)
    throw bad(name, `has ${bytes.byteLength} bytes; at most ${MAX_JSON_BYTES} can be read`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw bad(name, 'is not JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(name, 'is not a JSON object');
  return value as Record<string, unknown>;
}

function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError('bad-file', `${name} ${why}.`, 'Download or export the model again.', cause);
}
