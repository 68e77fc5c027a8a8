import { LabError } from '../../base/errors';

/** The file breaks the format; `why` names the field. */
export function badGguf(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid GGUF file: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}
