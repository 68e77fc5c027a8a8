import type { OptionSpec } from '../../contract/meta';

/** What activations are rounded to before they meet int8 weights. */
export const ACTIVATIONS = {
  key: 'activations',
  named: true,
  kind: 'choice',
  label: 'Activations',
  values: ['int8', 'float'],
  default: 'int8',
} as const satisfies OptionSpec;
