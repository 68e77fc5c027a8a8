import { LabError } from '../../base/errors';

/** Returns a LabError bad-file for a file that breaks the format; `why` is a clause that names the field. */
export function badGguf(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid GGUF file: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}
