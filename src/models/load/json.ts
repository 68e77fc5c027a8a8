import { LabError } from '../../base/errors';
import { standInError } from '../../formats/standIn';

/** Maximum size of a JSON file of a model, far above real ones. */
const MAX_JSON_BYTES = 64 << 20;

/** A string, or a number that Python's json module writes although JSON has none. */
const STRING_OR_NOT_FINITE = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;
/** What stands for NaN and the infinities while the text is parsed: no JSON file holds it by chance. */
const NOT_FINITE = '\u0000not finite\u0000';

/**
 * Parses a JSON object from an untrusted file. NaN, Infinity and -Infinity, which Python writes, are read as numbers, so that
 * only a reader of their field refuses them.
 * @throws LabError bad-file with the name of the file
 */
export function parseJsonObject(name: string, bytes: Uint8Array): Record<string, unknown> {
  if (bytes.byteLength > MAX_JSON_BYTES)
    throw bad(name, `has ${bytes.byteLength} bytes; at most ${MAX_JSON_BYTES} can be read`);
  let value: unknown;
  try {
    value = parsed(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw standInError(bytes, bytes.byteLength, { name, cause }) ?? bad(name, 'is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(name, 'is not a JSON object');
  return value as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const standard = text.replace(STRING_OR_NOT_FINITE, (token) =>
      token.startsWith('"') ? token : JSON.stringify(NOT_FINITE + token),
    );
    return JSON.parse(standard, (_, value: unknown) =>
      typeof value === 'string' && value.startsWith(NOT_FINITE)
        ? Number(value.slice(NOT_FINITE.length))
        : value,
    );
  }
}

function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError('bad-file', `${name} ${why}.`, 'Download or export the model again.', cause);
}
