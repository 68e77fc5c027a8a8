import { storesGguf } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import { FILE_TYPES } from '../../models/gguf/fileTypes';
import { layouts } from '../../models/gguf/layout';
import { isOfFile } from '../results/fileCodec';
import type { LabRecord } from '../results/record';

/** A format in which a record's weights can be downloaded. */
export interface RecordFormat {
  id: string;
  label: string;
  /** Type of the matrices in a GGUF file; absent for the artefact. */
  gguf?: string;
}

const ARTEFACT: RecordFormat = { id: 'artefact', label: 'Artefact (.safetensors)' };
const GGUF: readonly RecordFormat[] = FILE_TYPES.map(({ name }) => ({
  id: `gguf-${name}`,
  label: `GGUF (${name})`,
  gguf: name,
}));

/** The blocks of a record's codec as they are. */
const STORED: RecordFormat = { id: 'gguf-STORED', label: 'GGUF (its own blocks)', gguf: 'STORED' };

/**
 * Lists the formats in which a record's weights can be made again: its artefact, and GGUF if llama.cpp runs the architecture. A
 * baseline has no artefact, and trained weights and files of others cannot be made again.
 */
export function recordFormats(record: LabRecord): RecordFormat[] {
  const { role, training, model } = record;
  if (training || isOfFile(record)) return [];
  const hasGguf = layouts.some(({ architecture }) => architecture === model.architecture);
  if (role === 'baseline') return hasGguf ? [...GGUF] : [];
  const stored = storesGguf(parseCodec(record.codec.spec)) ? [STORED] : [];
  return [ARTEFACT, ...(hasGguf ? [...stored, ...GGUF] : [])];
}
