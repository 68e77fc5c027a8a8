import type { OptionSpec } from './meta';

/** Options that several codecs have, said once: the same words, ranges and glossary terms in every form. */

/** Widths of integer codes, 2 to `max` bits. */
export function bitsOption(preset: number, max = 8): OptionSpec {
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
  };
}

const GROUPS = ['16', '32', '64', '128', '256', 'row'];

/** Weights along a row that share a scale. @param finer smaller groups than most codecs offer */
export function groupOption(preset: string, finer: readonly string[] = []): OptionSpec {
  return {
    key: 'group',
    named: true,
    kind: 'choice',
    label: 'Group size',
    values: [...finer, ...GROUPS],
    default: preset,
    unit: 'weights',
    term: 'group',
  };
}

export function schemeOption(preset: 'symmetric' | 'asymmetric'): OptionSpec {
  return {
    key: 'scheme',
    kind: 'choice',
    label: 'Scheme',
    values: ['symmetric', 'asymmetric'],
    default: preset,
    term: 'quantisation-scheme',
  };
}

export function clipOption(preset: boolean): OptionSpec {
  return { key: 'clip', kind: 'boolean', label: 'Clip search', default: preset, term: 'clip-search' };
}
