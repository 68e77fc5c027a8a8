import type { KeptTensor } from '../../src/models/gguf/export';

/** Returns the line that names the tensors kept as float16 because of their row length; it is empty if there are none. */
export function keptText(kept: readonly KeptTensor[]): string {
  if (kept.length === 0) return '';
  const names = kept.map(({ name, columns }) => `${name} (rows of ${columns})`).join(', ');
  const tensors = kept.length === 1 ? '1 tensor' : `${kept.length} tensors`;
  return `${tensors} kept as F16: row length is not a multiple of the block size in ${names}\n`;
}

/** Returns the number of tensors of each type, such as "31 Q8_0, 11 F32". */
export function typesText(counts: Iterable<readonly [type: string, count: number]>): string {
  return [...counts].map(([type, count]) => `${count} ${type}`).join(', ');
}
