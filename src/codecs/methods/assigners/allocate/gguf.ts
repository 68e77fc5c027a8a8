import { fittedType } from '../../../../formats/gguf/fallback';
import type { CodecSpec } from '../../../contract/meta';
import type { AssignTensor } from '../../../contract/assigner';
import { GGUF_TYPES } from '../../../kit/ggufBlocks/meta';
import { ggufSpec } from '../../../kit/ggufBlocks/spec';

/** The block types of a GGUF file that an allocation tries. */
export const GGUF_CANDIDATES: readonly CodecSpec[] = GGUF_TYPES.map((type) => ggufSpec(type, true));

/**
 * Returns the candidates of one tensor of a GGUF file: the types whose blocks its rows fill, or float16, and float32 for positions, as
 * in llama-quantize.
 */
export function ggufCandidates({ role, matrix: [, columns] }: AssignTensor): CodecSpec[] {
  if (role === 'position') return [ggufSpec('F32', false)];
  const fitting = GGUF_TYPES.filter((type) => fittedType(type, columns) === type);
  return (fitting.length > 0 ? fitting : ['F16']).map((type) => ggufSpec(type, true));
}
