import type { OptionSpec } from '../../contract/meta';

/** The format of the activations in a product with int8 weights. */
export const ACTIVATIONS = {
  key: 'activations',
  named: true,
  kind: 'choice',
  label: 'Activations',
  values: ['int8', 'float'],
  default: 'int8',
} as const satisfies OptionSpec;
