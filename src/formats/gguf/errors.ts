import { LabError } from '../../base/errors';

/** The file breaks the format; `why` names the field. */
export function badFile(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid GGUF file: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}

/** Names come from the file: escaped and cut to a length a sentence can carry. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}
