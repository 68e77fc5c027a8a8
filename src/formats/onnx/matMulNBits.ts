import { quoted } from '../../base/shown';
import { readFloats } from '../quantised/parts';
import { RestoredTensor } from '../quantised/types';
import { bytesIn, floatsIn, notRead, type OnnxValues } from './values';
import type { OnnxNode } from './graph';

const BITS = [2, 4, 8];

/**
 * Opens the weight of a node MatMulNBits of ONNX Runtime (docs/ContribOperators.md): B [N, blocks, block·bits/8] holds codes along K,
 * the first in the low bits; weight[n, k] = scale · (code − zero point) with scales [N·blocks] and packed zero points, each row of them
 * in whole bytes; without zero points they are 2^(bits − 1).
 * @param conv1d whether the result is [K, N]; otherwise it is [N, K]
 */
export function openMatMulNBits(node: OnnxNode, values: OnnxValues, conv1d: boolean): RestoredTensor {
  const label = quoted(node.name);
  const attribute = (name: string, fallback?: number) => {
    const value = node.integers.get(name)?.[0] ?? fallback;
    if (value !== undefined && value > 0) return value;
    throw notRead(`${label} does not state ${name}`);
  };
  const [rows, columns] = [attribute('N'), attribute('K')];
  const [bits, block] = [attribute('bits', 4), attribute('block_size')];
  if (!BITS.includes(bits))
    throw notRead(`${label} has codes of ${bits} bits; only ${BITS.join(', ')} can be read`);
  const [, b, scale, zero, groupIndex] = node.inputs;
  if (groupIndex) throw notRead(`${label} orders its inputs in groups (g_idx)`);
  const blocks = Math.ceil(columns / block);
  const blockBytes = Math.ceil((block * bits) / 8);
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const codes = bytesIn(values, b, rows * blocks * blockBytes);
  const scales = floatsIn(values, scale, rows * blocks);
  const zeros = zero ? bytesIn(values, zero, rows * zeroBytes) : undefined;
  const stored = {
    codes: codes.byteLength,
    scales: scales.byteLength + (zeros?.byteLength ?? 0),
    ...{ codebooks: 0, tables: 0 },
  };
  return new RestoredTensor(conv1d ? [columns, rows] : [rows, columns], stored, async () => {
    const [packed, scaleOf] = [await codes.read(), await readFloats(scales)];
    const packedZeros = await zeros?.read();
    const code = (bytes: Uint8Array, at: number) =>
      (bytes[(at * bits) >> 3] >> ((at * bits) & 7)) & ((1 << bits) - 1);
    const restored = new Float32Array(rows * columns);
    const [rowStep, columnStep] = conv1d ? [1, rows] : [columns, 1];
    for (let n = 0; n < rows; n++)
      for (let g = 0; g < blocks; g++) {
        const at = n * blocks + g;
        const own = packed.subarray(at * blockBytes, (at + 1) * blockBytes);
        const zeroPoint = packedZeros ? code(packedZeros.subarray(n * zeroBytes), g) : 1 << (bits - 1);
        const count = Math.min(block, columns - g * block);
        for (let i = 0; i < count; i++)
          restored[n * rowStep + (g * block + i) * columnStep] = scaleOf[at] * (code(own, i) - zeroPoint);
      }
    return restored;
  });
}

/** Returns the bits and the block of a node MatMulNBits for people. */
export function nBitsScheme({ integers }: OnnxNode): string {
  return `${integers.get('bits')?.[0] ?? 4} bits, block ${integers.get('block_size')?.[0]}`;
}
