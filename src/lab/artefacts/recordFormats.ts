import { FILE_TYPES } from '../../models/gguf/fileTypes';
import { layouts } from '../../models/gguf/layout';
import type { LabRecord } from '../results/record';

/** A kind of file that a record's weights can be had as. */
export interface RecordFormat {
  id: string;
  label: string;
  /** Type of the matrices, of GGUF files. */
  gguf?: string;
}

const ARTEFACT: RecordFormat = { id: 'artefact', label: 'Artefact (.safetensors)' };
const GGUF: readonly RecordFormat[] = FILE_TYPES.map(({ name }) => ({
  id: `gguf-${name}`,
  label: `GGUF (${name})`,
  gguf: name,
}));

/**
 * What a record's weights can be made again as: its artefact, and files for llama.cpp where that runs the architecture. A baseline
 * has no artefact; weights that were trained cannot be made again.
 */
export function recordFormats({ role, training, model }: LabRecord): RecordFormat[] {
  if (training) return [];
  const hasGguf = layouts.some(({ architecture }) => architecture === model.architecture);
  return [...(role === 'baseline' ? [] : [ARTEFACT]), ...(hasGguf ? GGUF : [])];
}
