import { sha256Hex } from '../../../src/base/checksum';
import { grouped, significant } from '../../../src/base/format';
import type { ExportedFolder } from '../../../src/lab/artefacts/exportArtefact';
import type { GgufExport } from '../../../src/models/gguf/export';
import { quantizeArguments } from '../../../src/models/gguf/recipe';
import type { ExportedOnnx } from '../../../src/onnx/exportModel';
import { keptText, typesText } from '../../shared/ggufText';
import type { ExportRequest } from './options';

/** Returns the path of a GGUF file, its size and types, the tensors kept as F16, the error of the weights and the checksum. */
export async function ggufExportText({ out, type }: ExportRequest, written: GgufExport): Promise<string> {
  const { bytes, counts, kept, relativeL2, types, note } = written;
  const recipe = type.stored ? `llama-quantize arguments: ${quantizeArguments(types).join(' ')}\n` : '';
  return (
    `${out}\n` +
    `${grouped(bytes.byteLength)} bytes, ${type.name}; tensors: ${typesText(counts)}\n` +
    keptText(kept) +
    (note === undefined ? '' : `${note}\n`) +
    `relative error of the weights ${relativeL2 === 0 ? '0' : significant(relativeL2)}\n` +
    `sha256 ${await sha256Hex(bytes)}\n${recipe}`
  );
}

/** Returns the path of an ONNX file, its size and input, and the checksum. */
export async function onnxExportText({ out }: ExportRequest, written: ExportedOnnx): Promise<string> {
  const { bytes, maxTime, quantised } = written;
  const input = maxTime === undefined ? 'images of any number' : `up to ${grouped(maxTime)} tokens`;
  const matrices = quantised > 0 ? `${quantised} matrices as MatMulNBits` : 'all weights in float32';
  return `${out}\n${grouped(bytes.byteLength)} bytes, ${matrices}; input: ${input}\nsha256 ${await sha256Hex(bytes)}\n`;
}

/** Returns the path of a folder, the format, the number of its quantised matrices, and what its tools do otherwise. */
export function folderExportText(
  { out, format }: ExportRequest,
  { quantised, note }: ExportedFolder,
): string {
  const content = quantised > 0 ? `${quantised} matrices as ${format.label}` : 'all weights in float32';
  const rest = note === undefined ? '' : `${note}\n`;
  return `${out}\n${content}; config, tokenizer and settings beside them\n${rest}`;
}
