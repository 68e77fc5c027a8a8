import { blockType } from '../src/formats/gguf/blockTypes';
import type { KeptTensor } from '../src/models/gguf/export';
import { FILE_TYPES } from '../src/models/gguf/fileTypes';
import type { GgufModel } from '../src/models/gguf/import';

/** What a GGUF file says of itself. */
export interface GgufFacts {
  architecture: string;
  /** By `general.file_type`, such as `Q8_0`; null for another or none. */
  type: string | null;
  /** Tensors by block type. */
  tensors: Record<string, number>;
  /** Matrices in float16 because their rows are no whole number of the file's blocks. */
  kept: KeptTensor[];
}

export function describeFile({ file, shape }: GgufModel): GgufFacts {
  const number = file.metadata.get('general.file_type')?.value;
  const type = FILE_TYPES.find((candidate) => candidate.number === number)?.name ?? null;
  const tensors: Record<string, number> = {};
  for (const tensor of file.tensors) tensors[tensor.type] = (tensors[tensor.type] ?? 0) + 1;
  const blockSize = type === null ? 1 : blockType(type).blockSize;
  const kept = file.tensors.filter(
    (tensor) => tensor.type === 'F16' && tensor.dims.length === 2 && tensor.dims[0] % blockSize !== 0,
  );
  return {
    architecture: shape.architecture,
    type,
    tensors,
    kept: kept.map(({ name, dims }) => ({ name, columns: dims[0] })),
  };
}

/** SHA-256 of what the file was exported from, if it says so. */
export function sourceSha256({ file }: GgufModel): string | undefined {
  const value = file.metadata.get('bitcurve.source.sha256');
  return value?.type === 'string' ? value.value : undefined;
}
