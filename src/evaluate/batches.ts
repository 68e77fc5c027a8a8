import { concatenate } from '../base/concatenate';
import type { Gpu } from '../gpu/gpu';
import type { RowRange } from '../runtime/linear/matrix';
import type { WindowPlan } from './windows';

/** One run of a recorded forward pass: its input, and which of its rows are scored against what. */
export interface ScoredBatch {
  /** ids [sequences · length] or pixels [sequences, channels, size, size] */
  input(): Promise<Uint32Array | Float32Array> | Uint32Array | Float32Array;
  /** The rows of its final hidden states whose losses count. */
  segments: readonly RowRange[];
  /** Right token or class of each scored row, segment by segment. */
  targets: Uint32Array;
  /** Windows or images in it that are not padding. */
  items: number;
}

/** Rows of activations that a batch aims at, enough to fill the device, and few enough to report progress and to stop. */
const SOFTWARE_ROWS = 512;
const HARDWARE_ROWS = 4096;
/** The number of batches to aim at, or more, so that speed has samples after the first batch. */
const MIN_BATCHES = 4;

/** What bounds the batches of an evaluation: those of an adapter, or without one `HOST_LIMITS`. */
export interface BatchLimits {
  maxBindingBytes: number;
  software: boolean;
}

/** The limits of the CPU, which likes batches as small as a software adapter does. */
const HOST_LIMITS: BatchLimits = { maxBindingBytes: 2 ** 27, software: true };

/** Returns what bounds the batches where `gpu` computes, or the CPU if there is none. */
export function batchLimits(gpu: Gpu | undefined): BatchLimits {
  return gpu ? { maxBindingBytes: gpu.maxBindingBytes, software: gpu.info.software } : HOST_LIMITS;
}

/**
 * Computes the sequences per batch so that batches fill evenly. It depends on device class and sizes alone, so that equal plans
 * give equal batches.
 * @param fit the largest number of sequences that one recording can hold
 */
export function batchSize(items: number, rowsPerItem: number, fit: number, software: boolean): number {
  const aim = Math.floor((software ? SOFTWARE_ROWS : HARDWARE_ROWS) / rowsPerItem);
  const max = Math.max(1, Math.min(fit, aim, Math.ceil(items / MIN_BATCHES)));
  return Math.ceil(items / Math.ceil(items / max));
}

/** Cuts a window plan into batches of `sequences`; the last one repeats its last window, unscored. */
export function textBatches(ids: Uint32Array, plan: WindowPlan, sequences: number): ScoredBatch[] {
  const count = Math.ceil(plan.windows.length / sequences);
  return Array.from({ length: count }, (_, b) => textBatch(ids, plan, b * sequences, sequences));
}

function textBatch(ids: Uint32Array, plan: WindowPlan, first: number, sequences: number): ScoredBatch {
  const { context } = plan;
  const windows = plan.windows.slice(first, first + sequences);
  // Row r of a window predicts its token r + 1.
  const segments = windows.map(({ start, firstScored }, s) => ({
    firstRow: s * context + firstScored - 1 - start,
    rows: start + context - firstScored,
  }));
  const input = () => {
    const values = new Uint32Array(sequences * context);
    for (let s = 0; s < sequences; s++) {
      const { start } = windows[Math.min(s, windows.length - 1)];
      values.set(ids.subarray(start, start + context), s * context);
    }
    return values;
  };
  const targets = concatenate(
    Uint32Array,
    windows.map((w) => ids.subarray(w.firstScored, w.start + context)),
  );
  return { input, segments, targets, items: windows.length };
}

/** Maps rows [first, first + rows) of the concatenated segments to runs of rows in the hidden states and in the result. */
export function rowRuns(
  segments: readonly RowRange[],
  first: number,
  rows: number,
): { source: number; target: number; rows: number }[] {
  const runs = [];
  let at = 0;
  for (const segment of segments) {
    const from = Math.max(first, at);
    const to = Math.min(first + rows, at + segment.rows);
    if (from < to) runs.push({ source: segment.firstRow + from - at, target: from - first, rows: to - from });
    at += segment.rows;
  }
  return runs;
}
