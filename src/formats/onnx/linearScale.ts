import { quoted } from '../../base/shown';
import { readFloats } from '../quantised/parts';
import { RestoredTensor } from '../quantised/types';
import { badOnnx } from './protoFields';
import { bytesIn, floatsIn, notRead, type OnnxValues } from './values';

/** An 8-bit constant with a scale and a zero point for all of it or for each index of one axis. */
export interface LinearCodes {
  codes: string;
  scale: string;
  /** Absent for 0. */
  zero?: string;
  axis: number;
}

/** How the tensor lies in the checkpoint. */
interface Orientation {
  /** Whether the constant is the transpose of the tensor. */
  transposed: boolean;
}

/** Opens a constant of 8-bit codes: value = scale · (code − zero point), as DequantizeLinear computes it. */
export function openLinearCodes(
  { codes: name, scale, zero, axis }: LinearCodes,
  values: OnnxValues,
  { transposed }: Orientation,
): RestoredTensor {
  const codes = bytesIn(values, name);
  const { shape } = codes;
  const scales = floatsIn(values, scale);
  const along = axis < 0 ? axis + shape.length : axis;
  const count = scales.shape.reduce((product, n) => product * n, 1);
  if (count !== 1 && (scales.shape.length !== 1 || count !== shape[along]))
    throw notRead(`the scale of ${quoted(name)} has the shape [${scales.shape}]`);
  const zeros = zero ? bytesIn(values, zero, count) : undefined;
  if (zeros && zeros.dtype !== codes.dtype)
    throw badOnnx(
      `the zero point of ${quoted(name)} is stored as ${zeros.dtype}, its codes as ${codes.dtype}`,
    );
  if (transposed && shape.length !== 2) throw notRead(`${quoted(name)} is no matrix`);
  const signed = codes.dtype === 'I8';
  const stored = {
    codes: codes.byteLength,
    scales: scales.byteLength + (zeros?.byteLength ?? 0),
    ...{ codebooks: 0, tables: 0 },
  };
  return new RestoredTensor(transposed ? [shape[1], shape[0]] : shape, stored, async () => {
    const [bytes, scaleOf] = [await codes.read(), await readFloats(scales)];
    const zeroOf = await zeros?.read();
    const number = (byte: number) => (signed ? (byte << 24) >> 24 : byte);
    // Elements between neighbours along the axis.
    const inner = shape.slice(along + 1).reduce((product, n) => product * n, 1);
    const restored = new Float32Array(bytes.length);
    const [rows, columns] = transposed ? shape : [1, bytes.length];
    for (let i = 0; i < bytes.length; i++) {
      const at = count === 1 ? 0 : Math.floor(i / inner) % count;
      const value = scaleOf[at] * (number(bytes[i]) - number(zeroOf?.[at] ?? 0));
      restored[transposed ? (i % columns) * rows + Math.floor(i / columns) : i] = value;
    }
    return restored;
  });
}
