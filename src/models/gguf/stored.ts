import { HeaderBytes } from '../../formats/gguf/headerBytes';
import type { GgufFile, GgufTensorInfo } from '../../formats/gguf/types';
import { writeValue } from '../../formats/gguf/writeValue';
import type { StoredWeights } from '../model';

/** Types that keep floats; all others are quantised. */
const FLOATS = new Set(['F64', 'F32', 'F16', 'BF16']);

/**
 * Returns how a GGUF file stores its weights. The scales of a block lie between its codes, so both count as codes; the vocabulary in
 * the metadata counts as assets.
 * @param found the tensors of the file by their names in `ModelShape`
 */
export function ggufStored(
  file: GgufFile,
  fileBytes: number,
  found: ReadonlyMap<string, GgufTensorInfo>,
): StoredWeights {
  const quantised = file.tensors.filter(({ type }) => !FLOATS.has(type));
  const floats = file.tensors.filter(({ type }) => FLOATS.has(type));
  const types = bySize(quantised.length > 0 ? quantised : floats);
  return {
    scheme: `GGUF, ${types.join(', ')}`,
    fileBytes,
    assetBytes: vocabularyBytes(file),
    bytes: { codes: total(quantised), scales: 0, codebooks: 0, tables: 0, float: total(floats) },
    tensorBytes: new Map(
      [...found].flatMap(([name, { type, byteLength }]) =>
        FLOATS.has(type) ? [] : [[name, byteLength] as const],
      ),
    ),
  };
}

/** Returns the types of tensors, that of most bytes first. */
function bySize(tensors: readonly GgufTensorInfo[]): string[] {
  const types = [...new Set(tensors.map(({ type }) => type))];
  const size = (name: string) => total(tensors.filter(({ type }) => type === name));
  return types.sort((a, b) => size(b) - size(a));
}

function total(tensors: readonly GgufTensorInfo[]): number {
  return tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Returns the size of the metadata of the tokenizer in the file. */
function vocabularyBytes({ metadata }: GgufFile): number {
  const out = new HeaderBytes();
  for (const [key, value] of metadata) {
    if (!key.startsWith('tokenizer.')) continue;
    out.string(key);
    writeValue(out, key, value);
  }
  return out.length;
}
