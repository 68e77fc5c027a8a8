import type { OptionSpec } from '../../contract/meta';
import { seedOption } from '../../contract/options';

/** Whether a codec does what the published code does, defects included, or a corrected form at the same bytes. */
export const MODE = {
  key: 'mode',
  named: true,
  kind: 'choice',
  label: 'As published, or corrected',
  values: ['faithful', 'corrected'],
  default: 'faithful',
} as const satisfies OptionSpec;

/** The version of a published codec. */
export const VERSION = {
  key: 'version',
  named: true,
  kind: 'choice',
  label: 'Version',
  values: ['v1', 'v2'],
  default: 'v1',
} as const satisfies OptionSpec;

/** Makes the option of the seed from which the corrected form draws `what`, such as "the first centroids". */
export const correctedSeed = (what: string) => seedOption(`Seed of ${what} (corrected)`);
