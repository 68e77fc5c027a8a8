import { damaged } from '../../../contract/parts';
import { bits32Of } from '../../storedFloats';
import { bitsOfFloat } from './float32';

/** How many neighbours on either side have a part in the mean that replaces an outlier. */
const REACH = 4;

/** Finds the indices of the `count` weights of largest magnitude, ascending, by plain sorting. Of equal ones the first count. */
export function outlierIndices(values: Float32Array, count: number): Uint32Array {
  const magnitude = (i: number) => bitsOfFloat(Math.abs(values[i]));
  const order = Uint32Array.from(values, (_, i) => i);
  order.sort((a, b) => magnitude(b) - magnitude(a) || a - b);
  return order.slice(0, count).sort();
}

/** Computes what replaces each outlier: the mean of the up to eight weights around it, summed in float32 from the left. */
export function replacements(values: Float32Array, indices: Uint32Array): Float32Array {
  return Float32Array.from(indices, (index) => {
    const first = Math.max(0, index - REACH);
    const end = Math.min(values.length, index + REACH + 1);
    let sum = 0;
    for (let i = first; i < end; i++) if (i !== index) sum = Math.fround(sum + values[i]);
    return Math.fround(sum / Math.max(1, end - first - 1));
  });
}

/** Reads outlier indices from a file. @throws LabError bad-file unless they ascend and are below `count` */
export function storedIndices(name: string, bytes: Uint8Array | undefined, count: number): Uint32Array {
  const indices = bytes ? bits32Of(bytes) : new Uint32Array();
  const wrong = indices.findIndex((index, i) => index >= count || (i > 0 && index <= indices[i - 1]));
  if (wrong >= 0) throw damaged(name, `outlier ${wrong} has index ${indices[wrong]} of ${count}`);
  return indices;
}

/** Finds the range of positions in ascending `indices` whose values lie in [first, first + count). */
export function indexRange(indices: Uint32Array, first: number, count: number): [start: number, end: number] {
  return [lowerBound(indices, first), lowerBound(indices, first + count)];
}

function lowerBound(indices: Uint32Array, value: number): number {
  let [low, high] = [0, indices.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
