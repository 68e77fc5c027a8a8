import { LabError } from '../../base/errors';

/** Returns a LabError bad-file for a file that breaks the format; `why` is a clause that names the part. */
export function badTorch(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid PyTorch file: ${why}.`,
    'Download the file again, or save the model as safetensors.',
    cause,
  );
}

/** The remedy for a valid file that holds more than tensors. */
export const CONVERT_TO_SAFETENSORS =
  'If you trust the file, convert it to safetensors with transformers: model.save_pretrained(folder, safe_serialization=True).';

/**
 * Returns a LabError unsupported for a file that may be valid, but that this reader does not support; `what` is a
 * predicate.
 */
export function unsupportedTorch(what: string, remedy = CONVERT_TO_SAFETENSORS): LabError {
  return new LabError('unsupported', `The PyTorch file ${what}.`, remedy);
}
