import { invariant } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { AttentionShape } from '../../models/architecture';
import type { ActivationView } from '../linear/linear';
import { maxDispatchCost } from '../../gpu/dispatchCost';
import { isVectorized, type RecordContext, type TokenLayout } from './context';

export interface AttentionCall extends AttentionShape {
  query: ActivationView;
  key: ActivationView;
  value: ActivationView;
  out: ActivationView;
  /** Key and value rows per sequence: the window's length, or the capacity of the cache. */
  keyRows: number;
}

/** The largest number of vectors of 4 columns that one thread accumulates (shaders/runtime/attention.wgsl). */
const MAX_VECTORS = 8;
/** The largest number of such vectors in a head of shaders/runtime/attentionOctets.wgsl. */
const MAX_OCTET_VECTORS = 16;

export interface AttentionVariant {
  /** 8 queries in a workgroup instead of 32: less waste on software adapters, where hardware adapters need many threads. */
  narrow: boolean;
  /** Keys and values are shared through subgroup broadcasts. */
  subgroups: boolean;
  /** They are shared eight at a time by shuffles, where the head's layout allows it. */
  octets?: boolean;
}

function defaultVariant({ info, features }: Gpu): AttentionVariant {
  if (!info.software) return { narrow: false, subgroups: false };
  const lanes = features.subgroups ? info.subgroupMinSize : 0;
  return { narrow: true, subgroups: lanes >= 4, octets: lanes >= 8 };
}

/** Records softmax attention of `sequences · length` queries; keys beyond the state's position + length are not read. */
export async function recordAttention(
  { gpu, recorder }: RecordContext,
  call: AttentionCall,
  { sequences, length, state }: TokenLayout,
  variant: AttentionVariant = defaultVariant(gpu),
): Promise<void> {
  const { query, key, value, out, heads, headWidth, keyRows, scale, window } = call;
  invariant(window === undefined || call.causal, 'a windowed attention must be causal');
  const headVectors = Math.ceil(headWidth / 4);
  const vec4 = isVectorized(headWidth, ...[query, key, value].flatMap((v) => [v.stride, v.column]));
  const octets = variant.octets && vec4 && headVectors <= MAX_OCTET_VECTORS;
  const queries = variant.narrow || octets ? 8 : 32;
  const vectors = octets ? headVectors : Math.ceil(headVectors / Math.ceil(headVectors / MAX_VECTORS));
  const chunks = Math.ceil(headVectors / vectors);
  const windowed = window !== undefined;
  const kernel = {
    module: octets ? 'runtime/attentionOctets' : 'runtime/attention',
    constants: { vectors },
    conditions: { vec4, windowed, narrow: variant.narrow, subgroups: variant.subgroups },
  };
  const groups = sequences * heads * chunks * Math.ceil(length / queries);
  const groupCost = 4 * queries * Math.min(keyRows, (window ?? Infinity) + queries) * headWidth;
  const perDispatch = Math.max(1, Math.floor(maxDispatchCost(gpu) / groupCost));
  for (let firstGroup = 0; firstGroup < groups; firstGroup += perDispatch) {
    const lastGroup = Math.min(groups, firstGroup + perDispatch);
    await recorder.dispatch(kernel, {
      params: {
        ...{ firstGroup, lastGroup, length, keyRows, heads, headWidth, scale },
        share: heads / call.keyValueHeads,
        causal: call.causal ? 1 : 0,
        ...(window !== undefined && { window }),
        queryStride: query.stride,
        queryColumn: query.column,
        keyStride: key.stride,
        keyColumn: key.column,
        valueStride: value.stride,
        valueColumn: value.column,
        outStride: out.stride,
        outColumn: out.column,
      },
      bindings: { state, query: query.buffer, key: key.buffer, value: value.buffer, out: out.buffer },
      workgroups: lastGroup - firstGroup,
      cost: (lastGroup - firstGroup) * groupCost,
    });
  }
}

/** Records a copy of new rows of keys or values into the cache [sequences, capacity, width] at the state's position. */
export async function recordAppend(
  { recorder }: RecordContext,
  input: ActivationView,
  cache: { buffer: GPUBuffer; capacity: number },
  { sequences, length, state }: TokenLayout,
): Promise<void> {
  const tokens = sequences * length;
  const elements = tokens * input.width;
  await recorder.dispatch('runtime/cache', {
    params: {
      tokens,
      length,
      width: input.width,
      capacity: cache.capacity,
      inStride: input.stride,
      inColumn: input.column,
    },
    bindings: { state, input: input.buffer, cache: cache.buffer },
    threads: elements,
    cost: 2 * elements,
  });
}
