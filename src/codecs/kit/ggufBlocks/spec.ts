import type { CodecSpec } from '../../contract/meta';
import { codecMeta } from '../../contract/registry';
import { codecSpec } from '../../contract/spec';

/**
 * Returns the codec that stores a matrix in a type of ggml, such as `Q4_K`, `F16` or `F32`.
 * @param importance whether errors are weighed by calibration data, where the type's encoder does that
 */
export function ggufSpec(type: string, importance: boolean): CodecSpec {
  if (type === 'F32') return codecSpec('float32');
  if (type === 'F16') return codecSpec('float16');
  const id = type.toLowerCase().replace('_', '-');
  const weighs = importance && codecMeta(id).options.some(({ key }) => key === 'importance');
  return codecSpec(id, weighs ? { importance: 'calibration' } : {});
}
