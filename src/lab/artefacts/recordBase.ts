import { LabError } from '../../base/errors';
import type { Model } from '../../models/model';
import type { Lab } from '../lab';
import { modelName } from '../results/modelName';
import type { LabRecord } from '../results/record';

/** The base of which a codec coded the difference, as its record states it. */
export type RecordedBase = NonNullable<LabRecord['codec']['base']>;

/**
 * Opens the base of which a record's codec coded the difference.
 * @param name the name by which the lab opens it, if it is not the stated one
 * @returns undefined if no base is stated
 * @throws LabError bad-input for other weights than the stated ones; what opening it throws; Cancelled
 */
export async function openRecordBase(
  lab: Lab,
  stated: RecordedBase | undefined,
  name?: string,
  signal?: AbortSignal,
): Promise<Model | undefined> {
  if (!stated) return undefined;
  const base = await lab.openModel(name ?? modelName(stated), signal);
  if (base.sha256 === stated.sha256) return base;
  throw new LabError(
    'bad-input',
    `The weights of ${base.id} are not those of the base ${stated.id}: their SHA-256 is ${base.sha256}, and not ${stated.sha256}.`,
    'Name the model that the difference was made from, in the same version.',
  );
}
