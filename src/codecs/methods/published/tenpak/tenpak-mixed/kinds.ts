import type { AssignTensor } from '../../../../contract/assigner';

/** What a matrix does in its block, as the published tables distinguish matrices. */
export type Kind = 'query-key' | 'value-output' | 'gate-up' | 'down' | 'table' | 'other';

/** Returns the kind of a matrix. GPT-2's fused c_attn counts as query and key, its attention's c_proj as value and output. */
export function kindOf({ name, role }: AssignTensor): Kind {
  if (role === 'embedding' || role === 'head') return 'table';
  if (role === 'attention')
    return /(q_proj|k_proj|c_attn|query|key)\./.test(name) ? 'query-key' : 'value-output';
  if (role === 'mlp') return /(down_proj|c_proj|output\.dense)\./.test(name) ? 'down' : 'gate-up';
  return 'other';
}
