// These options are shared so that every form uses the same words, ranges and glossary terms.

/** Makes the option for the width of integer codes, 2 to `max` bits. */
export function bitsOption(preset: number, max = 8) {
  return {
    key: 'bits',
    named: true,
    kind: 'integer',
    label: 'Bits per code',
    min: 2,
    max,
    step: 1,
    default: preset,
    unit: 'bits',
    term: 'bits-per-weight',
  } as const;
}

const GROUPS = ['16', '32', '64', '128', '256', 'row'] as const;

/**
 * Makes the option for the number of weights along a row that share a scale: 16 to 256, or the whole row.
 * @param finer further, smaller group sizes
 */
export function groupOption<const Finer extends string = never>(
  preset: Finer | (typeof GROUPS)[number],
  finer: readonly Finer[] = [],
) {
  return {
    key: 'group',
    named: true,
    kind: 'choice',
    label: 'Group size',
    values: [...finer, ...GROUPS],
    default: preset,
    unit: 'weights',
    term: 'group',
  } as const;
}

/** Computes the number of columns that share a scale, at most those of the matrix, from a value of `groupOption`. */
export function groupColumns(group: string, columns: number): number {
  return group === 'row' ? columns : Math.min(Number(group), columns);
}

/** Makes the option for a grid that is symmetric about zero, or has a zero point in each group. */
export function schemeOption(preset: 'symmetric' | 'asymmetric') {
  return {
    key: 'scheme',
    kind: 'choice',
    label: 'Scheme',
    values: ['symmetric', 'asymmetric'],
    default: preset,
    term: 'quantisation-scheme',
  } as const;
}

/** Makes the option for a search over smaller ranges of each group. */
export function clipOption(preset: boolean) {
  return {
    key: 'clip',
    kind: 'boolean',
    label: 'Clip search',
    default: preset,
    term: 'clip-search',
  } as const;
}

/** Makes the option for what is added to the diagonal of the Gram matrix, as a share of the diagonal's mean. */
export function dampingOption(preset: number, label = 'Damping') {
  return {
    key: 'damping',
    kind: 'number',
    label,
    min: 0,
    max: 1,
    default: preset,
    unit: 'of the mean diagonal',
    term: 'damping',
  } as const;
}

/** Makes the option for the seed of what `label` names. */
export function seedOption(label: string, preset = 1) {
  return { key: 'seed', kind: 'integer', label, min: 0, max: 2 ** 31 - 1, step: 1, default: preset } as const;
}
