import type { TimeRounding } from '../../../../models/inputRounding';
import { damaged, part } from '../../../contract/parts';
import { maxCodeOf, type TimeGroupOptions } from './options';

/** Part of the table, beside those of the inner codec. */
export const TIMES = 'times';
/** Groups that a table can have; smoothing over steps gives each calibrated step its own. */
const MAX_ROWS = 4096;
/** The zero point is in the lowest byte of the first word, and the first time step above it. */
const ZERO_BITS = 8;

/** Two words for each group: the first time step · 2⁸ + the zero point, and the scale as float32. It is empty for a tensor that no layer reads. */
export const TIMES_PART = { suffix: TIMES, ...part('tables', 'U32', [2 * MAX_ROWS], { variable: true }) };

/** Returns the bytes of a table. */
export function writeTimes({ times }: TimeRounding): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * times.length));
  times.forEach(({ start, scale, zeroPoint }, i) => {
    view.setUint32(8 * i, start * 2 ** ZERO_BITS + zeroPoint, true);
    view.setFloat32(8 * i + 4, scale, true);
  });
  return new Uint8Array(view.buffer);
}

/** Reads a table. @throws LabError bad-file for one that no encoder writes */
export function readTimes(name: string, bytes: Uint8Array, options: TimeGroupOptions): TimeRounding {
  const maxCode = maxCodeOf(options);
  if (bytes.length % 8 !== 0) throw damaged(name, 'its table of time groups ends in the middle of a group');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const times = Array.from({ length: bytes.length / 8 }, (_, i) => {
    const word = view.getUint32(8 * i, true);
    const [start, zeroPoint] = [word >>> ZERO_BITS, word & (2 ** ZERO_BITS - 1)];
    return { start, scale: view.getFloat32(8 * i + 4, true), zeroPoint };
  });
  const wrong = times.findIndex(
    ({ start, scale, zeroPoint }, i) =>
      !(scale > 0 && scale < Infinity && zeroPoint <= maxCode) ||
      (i === 0 ? start !== 0 : start <= times[i - 1].start),
  );
  if (wrong >= 0) throw damaged(name, `time group ${wrong} of its table is not valid`);
  return { maxCode, times };
}
