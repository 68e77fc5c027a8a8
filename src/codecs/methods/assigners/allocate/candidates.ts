import type { AssignTensor } from '../../../contract/assigner';
import type { CodecSpec, OptionsOf, OptionValue } from '../../../contract/meta';
import { codecSpec } from '../../../contract/spec';
import { GGUF_CANDIDATES, ggufCandidates } from './gguf';
import type meta from './meta';

export type AllocateOptions = OptionsOf<typeof meta>;

const BITS = [2, 3, 4, 5, 6, 7, 8];
/** Small groups adapt to outliers, and whole rows cost hardly any scales; the trials decide. */
const GROUPS = ['32', '128', 'row'];

/** Further options of each family. */
const FAMILIES: Readonly<Record<AllocateOptions['family'], Readonly<Record<string, OptionValue>>>> = {
  rtn: { scheme: 'asymmetric', clip: true },
  gptq: { scheme: 'asymmetric' },
  hqq: {},
  grid: {},
  gguf: {},
};

/**
 * Returns every codec that an allocation tries. For family `grid` see grid.ts.
 * @param tensor the tensor they are tried on; those of all tensors if it is absent
 */
export function candidates(
  { family, entropy, damping }: AllocateOptions,
  tensor?: AssignTensor,
): readonly CodecSpec[] {
  if (family === 'gguf') return tensor ? ggufCandidates(tensor) : GGUF_CANDIDATES;
  const further = { ...FAMILIES[family], ...(family === 'gptq' && { damping }) };
  const specs = BITS.flatMap((bits) => GROUPS.map((group) => codecSpec(family, { ...further, bits, group })));
  return entropy ? specs.map((inner) => ({ ...codecSpec('rans'), inner })) : specs;
}
