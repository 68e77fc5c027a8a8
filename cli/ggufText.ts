import type { KeptTensor } from '../src/models/gguf/export';

/** The line that counts and names what stayed float16 because its rows are no whole blocks; empty for none. */
export function keptText(kept: readonly KeptTensor[]): string {
  if (kept.length === 0) return '';
  const names = kept.map(({ name, columns }) => `${name} (rows of ${columns})`).join(', ');
  const tensors = kept.length === 1 ? '1 tensor stays' : `${kept.length} tensors stay`;
  return `${tensors} F16, having rows of no whole number of blocks: ${names}\n`;
}
