import type { CodecOptions, CodecSpec, OptionValue } from '../../../contract/meta';
import { codecSpec } from '../../../contract/spec';

const BITS = [2, 3, 4, 5, 6, 7, 8];
/** Fine groups follow outliers, whole rows cost no scales: the measured trials decide. */
const GROUPS = ['32', '128', 'row'];

/** Further options of each family. */
const FAMILIES: Readonly<Record<string, Readonly<Record<string, OptionValue>>>> = {
  rtn: { scheme: 'asymmetric', clip: true },
  gptq: { scheme: 'asymmetric' },
  hqq: {},
};

/** Every codec an allocation tries on each tensor. */
export function candidates({ family, entropy, damping }: CodecOptions): CodecSpec[] {
  const further = { ...FAMILIES[String(family)], ...(family === 'gptq' && { damping }) };
  const specs = BITS.flatMap((bits) =>
    GROUPS.map((group) => codecSpec(String(family), { ...further, bits, group })),
  );
  return entropy ? specs.map((inner) => ({ ...codecSpec('rans'), inner })) : specs;
}

/** What a tensor is replaced by to measure its sensitivity: plain 4-bit rounding. */
export const PROBE: CodecSpec = codecSpec('rtn', { bits: 4, group: '32' });
