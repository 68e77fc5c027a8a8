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

const MAX_QUOTED = 120;

/** Names come from the file: escaped, then cut to a length a sentence can carry. */
export function quote(name: string): string {
  const quoted = JSON.stringify(name.slice(0, MAX_QUOTED));
  const whole = name.length <= MAX_QUOTED && quoted.length <= MAX_QUOTED;
  return whole ? quoted : `${quoted.slice(0, MAX_QUOTED)}…"`;
}
