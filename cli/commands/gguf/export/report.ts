import { sha256Hex } from '../../../../src/base/checksum';
import { grouped, significant } from '../../../../src/base/format';
import type { GgufExport } from '../../../../src/models/gguf/export';
import { quantizeArguments } from '../../../../src/models/gguf/recipe';
import { keptText, typesText } from '../report';
import type { GgufExportRequest } from './options';

/** Returns the path of a file, its size and types, the tensors kept as F16, the error of the weights and the checksum. */
export async function ggufExportText({ out, type }: GgufExportRequest, written: GgufExport): Promise<string> {
  const { bytes, counts, kept, relativeL2, types } = written;
  const recipe = type.stored ? `llama-quantize arguments: ${quantizeArguments(types).join(' ')}\n` : '';
  return (
    `${out}\n` +
    `${grouped(bytes.byteLength)} bytes, ${type.name}; tensors: ${typesText(counts)}\n` +
    keptText(kept) +
    `relative error of the weights ${relativeL2 === 0 ? '0' : significant(relativeL2)}\n` +
    `sha256 ${await sha256Hex(bytes)}\n${recipe}`
  );
}
