import { LabError } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { ActivationView } from '../../runtime/linear/linear';
import type { AttentionShape } from '../../models/architecture';
import { isVectorized, type RecordContext } from '../../runtime/ops/context';

export interface AttentionBackwardCall extends AttentionShape {
  /** [rows, heads · headWidth], as the forward pass read it. */
  query: ActivationView;
  /** [rows, keyValueHeads · headWidth] */
  key: ActivationView;
  value: ActivationView;
  /** dL/dout, [rows, heads · headWidth]. */
  dOut: ActivationView;
  /** Gradients of query, key and value, to which this adds. They may be columns of one buffer. */
  dQuery: ActivationView;
  dKey: ActivationView;
  dValue: ActivationView;
}

/** Size of the scores of one block of queries: small enough for the cache, large enough to occupy a device. */
const BLOCK_BYTES = 16 << 20;
/** Queries, and keys, of one thread's tile (shaders/train/attention). */
const TILE = 4;

/**
 * The work of one round of dispatches: some queries of units [firstUnit, firstUnit + units). A unit is one sequence and one
 * key head.
 */
interface Block {
  firstUnit: number;
  units: number;
  firstQuery: number;
  queries: number;
  /** These queries see keys 0 … keys − 1. */
  keys: number;
}

/**
 * Records the backward pass of attention over whole windows. The weights are recomputed from queries and keys, one block of
 * queries at a time, and only two blocks of [keys, queries] are ever stored. Sums have a fixed order, so equal inputs give
 * equal bits.
 * @param layout sequences of `length` rows each
 * @throws LabError limit when even 4 queries' scores exceed one binding
 */
export async function recordAttentionBackward(
  context: RecordContext,
  call: AttentionBackwardCall,
  layout: { sequences: number; length: number },
): Promise<void> {
  const { recorder } = context;
  const blocks = blocksOf(context.gpu, call, layout);
  const bytes = Math.max(...blocks.map((block) => blockBytes(call, block)));
  // Equal labels let all layers of a recording share these buffers.
  const weights = recorder.scratch(bytes, 'attention weights');
  const dScores = recorder.scratch(bytes, 'attention score gradients');
  for (const block of blocks) {
    const at = { call, block, length: layout.length, weights, dScores };
    await recordScores(context, at);
    await recordSoftmax(context, at);
    await recordByQuery(context, at);
    await recordByKey(context, at, { factors: dScores, rows: call.query, out: call.dKey });
    await recordByKey(context, at, { factors: weights, rows: call.dOut, out: call.dValue });
  }
}

interface BlockCall {
  call: AttentionBackwardCall;
  block: Block;
  length: number;
  weights: GPUBuffer;
  dScores: GPUBuffer;
}

/** Records the scores into `weights` and the products dOut · v into `dScores`. */
async function recordScores({ recorder }: RecordContext, at: BlockCall): Promise<void> {
  const { query, key, value, dOut, headWidth, scale } = at.call;
  const kernel = {
    module: 'train/attention/scores',
    conditions: { vec4: vectorized(headWidth, query, key, value, dOut) },
  };
  const { block, call } = at;
  await recorder.dispatch(kernel, {
    params: {
      ...blockParams(at),
      ...{ scale, queryStride: query.stride, queryColumn: query.column },
      ...{ keyStride: key.stride, keyColumn: key.column },
      ...{ valueStride: value.stride, valueColumn: value.column },
      ...{ outStride: dOut.stride, outColumn: dOut.column },
    },
    bindings: {
      ...{ query: query.buffer, key: key.buffer, value: value.buffer, dOut: dOut.buffer },
      ...{ scores: at.weights, products: at.dScores },
    },
    threads: planes(call, block) * tiles(block.queries) * tiles(block.keys),
    cost: blockCost(call, block),
  });
}

/** Records the change, in place, of scores into weights and of products into gradients of the scores. */
async function recordSoftmax({ recorder }: RecordContext, at: BlockCall): Promise<void> {
  const { causal, scale, window } = at.call;
  const conditions = { windowed: window !== undefined };
  const kernel = { module: 'train/attention/softmax', conditions };
  const { firstQuery, queries, keys } = at.block;
  const count = planes(at.call, at.block);
  await recorder.dispatch(kernel, {
    params: {
      ...{ planes: count, firstQuery, queries, keys, causal: causal ? 1 : 0, scale },
      ...(window !== undefined && { window }),
    },
    bindings: { scores: at.weights, products: at.dScores },
    threads: count * tiles(queries),
    cost: 20 * count * queries * keys,
  });
}

/** Records dQuery[query] += Σ dScores · keys. */
async function recordByQuery({ recorder }: RecordContext, at: BlockCall): Promise<void> {
  const { call, block } = at;
  const { key, dQuery, headWidth } = call;
  const conditions = { vec4: vectorized(headWidth, key) };
  const kernel = { module: 'train/attention/query', conditions };
  await recorder.dispatch(kernel, {
    params: {
      ...blockParams(at),
      ...{ rowStride: key.stride, rowColumn: key.column },
      ...{ outStride: dQuery.stride, outColumn: dQuery.column },
    },
    bindings: { factors: at.dScores, rows: key.buffer, out: dQuery.buffer },
    threads: planes(call, block) * tiles(block.queries) * tiles(headWidth),
    cost: blockCost(call, block) / 2,
  });
}

/** Records out[key] += Σ factors · rows[query]. */
async function recordByKey(
  { recorder }: RecordContext,
  at: BlockCall,
  { factors, rows, out }: { factors: GPUBuffer; rows: ActivationView; out: ActivationView },
): Promise<void> {
  const { call, block } = at;
  const conditions = { vec4: vectorized(call.headWidth, rows) };
  const kernel = { module: 'train/attention/key', conditions };
  await recorder.dispatch(kernel, {
    params: {
      ...blockParams(at),
      ...{ rowStride: rows.stride, rowColumn: rows.column },
      ...{ outStride: out.stride, outColumn: out.column },
    },
    bindings: { factors, rows: rows.buffer, out: out.buffer },
    threads: block.units * tiles(block.keys) * tiles(call.headWidth),
    cost: blockCost(call, block) / 2,
  });
}

function blockParams({ call, block, length }: BlockCall): Record<string, number> {
  const { heads, keyValueHeads, headWidth, causal } = call;
  const share = heads / keyValueHeads;
  return { ...block, length, keyHeads: keyValueHeads, share, headWidth, causal: causal ? 1 : 0 };
}

/** Cuts the work so that a block's scores fit their budget and no dispatch exceeds the cost limit. */
function blocksOf(
  gpu: Gpu,
  call: AttentionBackwardCall,
  { sequences, length }: { sequences: number; length: number },
): Block[] {
  const queries = queriesPerBlock(gpu, call, length);
  const all = sequences * call.keyValueHeads;
  const blocks: Block[] = [];
  for (let firstQuery = 0; firstQuery < length; firstQuery += queries) {
    const count = Math.min(queries, length - firstQuery);
    const keys = call.causal ? firstQuery + count : length;
    const unit = { firstUnit: 0, units: 1, firstQuery, queries: count, keys };
    const fit = Math.min(budget(gpu) / blockBytes(call, unit), maxDispatchCost(gpu) / blockCost(call, unit));
    const units = Math.max(1, Math.floor(fit));
    for (let firstUnit = 0; firstUnit < all; firstUnit += units)
      blocks.push({ ...unit, firstUnit, units: Math.min(units, all - firstUnit) });
  }
  return blocks;
}

/** Queries of one unit that a block covers, a multiple of 4. */
function queriesPerBlock(gpu: Gpu, call: AttentionBackwardCall, length: number): number {
  const tile = { firstUnit: 0, units: 1, firstQuery: 0, queries: TILE, keys: length };
  const fit = Math.floor(budget(gpu) / blockBytes(call, tile));
  if (fit === 0)
    throw new LabError(
      'limit',
      `Training on windows of ${length} tokens needs blocks of ${blockBytes(call, tile)} bytes for attention; ` +
        `this device binds at most ${gpu.maxBindingBytes} at once.`,
      'Use a shorter window.',
    );
  const quick = Math.floor(maxDispatchCost(gpu) / blockCost(call, tile));
  return TILE * Math.max(1, Math.min(fit, quick));
}

function budget(gpu: Gpu): number {
  return Math.min(BLOCK_BYTES, gpu.maxBindingBytes);
}

/** Returns the number of (unit, query head) pairs of a block. */
function planes({ heads, keyValueHeads }: AttentionShape, { units }: Block): number {
  return (units * heads) / keyValueHeads;
}

function tiles(count: number): number {
  return Math.ceil(count / TILE);
}

function blockBytes(shape: AttentionShape, block: Block): number {
  return 4 * planes(shape, block) * TILE * tiles(block.keys) * TILE * tiles(block.queries);
}

/** Returns the floating-point operations of scores and products; each of the other kernels takes half as many. */
function blockCost(shape: AttentionShape, block: Block): number {
  return 4 * planes(shape, block) * block.queries * block.keys * shape.headWidth;
}

function vectorized(headWidth: number, ...views: ActivationView[]): boolean {
  return isVectorized(headWidth, ...views.flatMap(({ stride, column }) => [stride, column]));
}
