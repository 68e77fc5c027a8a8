import { blockType } from '../../../../src/formats/gguf/blockTypes';
import type { KeptTensor } from '../../../../src/models/gguf/export';
import { FILE_TYPES, tensorType, type GgufFileType } from '../../../../src/models/gguf/fileTypes';
import type { GgufModel } from '../../../../src/models/gguf/import';
import { ggufName, ggufLayout } from '../../../../src/models/gguf/layout';

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

export function describeFile(model: GgufModel): GgufFacts {
  const { file, shape } = model;
  const number = file.metadata.get('general.file_type')?.value;
  const type = FILE_TYPES.find((candidate) => candidate.number === number);
  const tensors: Record<string, number> = {};
  for (const tensor of file.tensors) tensors[tensor.type] = (tensors[tensor.type] ?? 0) + 1;
  return {
    architecture: shape.architecture,
    type: type?.name ?? null,
    tensors,
    kept: type ? keptTensors(model, type) : [],
  };
}

/** By the exporter's own rule: tables of ternary files are float16 whatever their rows. */
function keptTensors({ file, shape }: GgufModel, type: GgufFileType): KeptTensor[] {
  const layout = ggufLayout(shape.architecture);
  const { blockSize } = blockType(type.name);
  const halves = new Set(file.tensors.filter((tensor) => tensor.type === 'F16').map(({ name }) => name));
  return shape.tensors
    .filter((spec) => tensorType(spec, type, blockSize).kept)
    .map((spec) => ({ name: ggufName(layout, spec), columns: spec.matrix[1] }))
    .filter(({ name }) => halves.has(name));
}

/** SHA-256 of what the file was exported from, if it says so. */
export function sourceSha256({ file }: GgufModel): string | undefined {
  const value = file.metadata.get('bitcurve.source.sha256');
  return value?.type === 'string' ? value.value : undefined;
}
