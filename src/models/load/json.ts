import { LabError } from '../../base/errors';

/** No configuration file of a model comes near this; tokenizers have a larger limit of their own. */
const MAX_JSON_BYTES = 64 << 20;

/**
 * Parses a JSON object from a file that is hostile until parsed.
 * @throws LabError bad-file naming the file
 */
export function parseJsonObject(name: string, bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_JSON_BYTES) throw bad(name, `has ${bytes.byteLength} bytes`);
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
