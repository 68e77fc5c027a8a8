import type { CodecSpec } from '../../contract/meta';
import { codecMeta } from '../../contract/registry';
import { codecSpec } from '../../contract/spec';

/**
 * Returns the codec that stores a matrix in a type of ggml, such as `Q4_K`, `F16` or `F32`.
 * @param importance whether errors are weighed by calibration data, where the type's encoder does that
 * @param search of scales, where the type's encoder searches
 */
export function ggufSpec(
  type: string,
  importance: boolean,
  search: 'faithful' | 'wide' = 'faithful',
): CodecSpec {
  if (type === 'F32') return codecSpec('float32');
  if (type === 'F16') return codecSpec('float16');
  const id = type.toLowerCase().replace('_', '-');
  const given = { importance: importance ? 'calibration' : 'none', search };
  const has = (key: string) => codecMeta(id).options.some((option) => option.key === key);
  return codecSpec(id, Object.fromEntries(Object.entries(given).filter(([key]) => has(key))));
}
