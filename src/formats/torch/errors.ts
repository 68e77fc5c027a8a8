import { LabError } from '../../base/errors';

/** The file breaks the format; `why` names the part. */
export function badFile(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid torch file: ${why}.`,
    'Download the file again, or save the model as safetensors.',
    cause,
  );
}

/** What has to happen to a file that is sound, but not only tensors. */
export const CONVERT =
  'Convert it to safetensors with transformers, where you trust the file: model.save_pretrained(folder, safe_serialization=True).';

/** A file that may be sound, but is none this reader reads. */
export function unsupported(what: string, remedy = CONVERT): LabError {
  return new LabError('unsupported', `The torch file ${what}.`, remedy);
}

const MAX_QUOTED = 120;

/** Names come from the file: escaped, then cut to a length a sentence can carry. */
export function quote(name: string): string {
  const quoted = JSON.stringify(name.slice(0, MAX_QUOTED));
  const whole = name.length <= MAX_QUOTED && quoted.length <= MAX_QUOTED;
  return whole ? quoted : `${quoted.slice(0, MAX_QUOTED)}…"`;
}
