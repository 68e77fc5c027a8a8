import type { CodecSpec } from '../../codecs/contract/meta';
import { storesGguf } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import { FILE_TYPES } from '../../models/gguf/fileTypes';
import { layouts } from '../../models/gguf/layout';
import { EXPORT_FORMATS, mayHold, type FolderFormat } from './exportFormats';
import { isOfFile } from '../results/fileCodec';
import type { LabRecord } from '../results/record';

/** A format in which a record's weights can be downloaded. */
export interface RecordFormat {
  id: string;
  label: string;
  /** Type of the matrices in a GGUF file. */
  gguf?: string;
  /** A format of another tool, which is not GGUF; absent for the artefact and for GGUF. */
  other?: FolderFormat | 'onnx';
}

const ARTEFACT: RecordFormat = { id: 'artefact', label: 'Artefact (.safetensors)' };
const GGUF: readonly RecordFormat[] = FILE_TYPES.map(({ name }) => ({
  id: `gguf-${name}`,
  label: `GGUF (${name})`,
  gguf: name,
}));

/** The blocks of a record's codec as they are. */
const STORED: RecordFormat = { id: 'gguf-STORED', label: 'GGUF (its own blocks)', gguf: 'STORED' };

/** Lists the formats of other tools, besides GGUF, that may hold what a record's codec stores of its model. */
function otherFormats(spec: CodecSpec, { scope, model }: LabRecord): RecordFormat[] {
  return EXPORT_FORMATS.flatMap((format) => {
    const fits = mayHold(format, spec, { scope, architecture: model.architecture });
    if (format.id === 'gguf' || !fits) return [];
    const label = `${format.label} (${format.kind === 'folder' ? '.tar' : '.onnx'})`;
    return [{ id: format.id, label, other: format.id }];
  });
}

/**
 * Lists the formats in which a record's weights can be made again: its artefact, formats of other tools that have the codec's codes, and
 * GGUF if llama.cpp runs the architecture. A baseline has no artefact; trained weights and files of others cannot be made again.
 */
export function recordFormats(record: LabRecord): RecordFormat[] {
  const { role, training, model } = record;
  if (training || isOfFile(record)) return [];
  const hasGguf = layouts.some(({ architecture }) => architecture === model.architecture);
  if (role === 'baseline') return hasGguf ? [...GGUF] : [];
  const spec = parseCodec(record.codec.spec);
  const stored = storesGguf(spec) ? [STORED] : [];
  return [ARTEFACT, ...otherFormats(spec, record), ...(hasGguf ? [...stored, ...GGUF] : [])];
}
