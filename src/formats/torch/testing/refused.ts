import { expect } from 'vitest';
import { LabError } from '../../../base/errors';
import { torchArchive } from './archive';
import { parseTorch } from './parseTorch';

/** Returns the LabError with which a promise rejects, and fails otherwise. */
export async function failure(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
}

/** A storage of six float32 values. */
export const six = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

/** Reads an archive of this pickle and these storages. */
export const open = (value: Uint8Array, storages = [six]) => parseTorch(torchArchive(value, storages));

/** Returns the error with which an archive of this pickle and these storages is refused. */
export const refused = async (value: Uint8Array, storages = [six]) => failure(open(value, storages));
