import { floatsToHalves } from '../base/float16';
import { KeyedRandom } from '../base/random';
import type { TernaryMatrix } from '../runtime/linear/ternary/ternaryMatrix';

/** Returns a ternary matrix of random codes and scales; the padding after the last column of a row has arbitrary codes. */
export function randomTernary(
  rows: number,
  columns: number,
  group: number,
  given: { stream?: number; scale?: (group: number) => number; code?: number } = {},
): TernaryMatrix {
  const random = new KeyedRandom(77, given.stream ?? 1);
  const rowBytes = 4 * Math.ceil(columns / 16);
  const codes = new Uint8Array(rows * rowBytes);
  const used = (field: number) => field % (4 * rowBytes) < columns;
  for (let field = 0; field < 4 * codes.length; field++) {
    const code = used(field) ? (given.code ?? random.nextUint32() % 3) : random.nextUint32() % 4;
    codes[field >> 2] |= code << (2 * (field % 4));
  }
  const groups = rows * Math.ceil(columns / group);
  const scale = given.scale ?? (() => 0.02 * (0.5 + random.nextUniform()));
  const scales = floatsToHalves(Float32Array.from({ length: groups }, (_, g) => scale(g)));
  return { name: 'w', rows, columns, group, codes, scales: new Uint8Array(scales.buffer) };
}
