import type { KeptTensor } from '../../../../src/models/gguf/export';
import { FILE_TYPES, tensorTypes, type GgufFileType } from '../../../../src/models/gguf/fileTypes';
import type { GgufModel } from '../../../../src/models/gguf/import';
import { ggufName, ggufLayout } from '../../../../src/models/gguf/layout';

/** Facts that a GGUF file states about itself. */
export interface GgufFacts {
  architecture: string;
  /** Type according to `general.file_type`, such as `Q8_0`; null if it is absent or unknown. */
  type: string | null;
  /** Number of tensors of each block type. */
  tensors: Record<string, number>;
  /** Matrices kept in float16 because their row length is not a multiple of the block size. */
  kept: KeptTensor[];
}

/** Returns the facts about a GGUF file that a check reports. */
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

/** Applies the exporter's own rule. */
function keptTensors({ file, shape }: GgufModel, type: GgufFileType): KeptTensor[] {
  const layout = ggufLayout(shape.architecture);
  const types = tensorTypes(shape, type);
  const halves = new Set(file.tensors.filter((tensor) => tensor.type === 'F16').map(({ name }) => name));
  return shape.tensors
    .filter((spec) => types.get(spec.name)!.kept)
    .map((spec) => ({ name: ggufName(layout, spec), columns: spec.matrix[1] }))
    .filter(({ name }) => halves.has(name));
}

/** Returns the SHA-256 of the artefact or model that the file was exported from, if the file states it. */
export function sourceSha256({ file }: GgufModel): string | undefined {
  const value = file.metadata.get('bitcurve.source.sha256');
  return value?.type === 'string' ? value.value : undefined;
}
