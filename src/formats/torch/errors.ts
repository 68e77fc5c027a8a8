import { LabError } from '../../base/errors';

/** The file breaks the format; `why` names the part. */
export function badTorch(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid torch file: ${why}.`,
    'Download the file again, or save the model as safetensors.',
    cause,
  );
}

/** What has to happen to a file that is sound, but not only tensors. */
export const CONVERT_TO_SAFETENSORS =
  'Convert it to safetensors with transformers, where you trust the file: model.save_pretrained(folder, safe_serialization=True).';

/** A file that may be sound, but is none this reader reads. */
export function unsupportedTorch(what: string, remedy = CONVERT_TO_SAFETENSORS): LabError {
  return new LabError('unsupported', `The torch file ${what}.`, remedy);
}
