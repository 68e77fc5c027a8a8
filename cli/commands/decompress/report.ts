import { basename } from 'node:path';
import type { Artefact } from '../../../src/artefact/read';
import { grouped } from '../../../src/base/format';
import { formatCodec, parseCodec } from '../../../src/codecs/contract/spec';
import type { Model, StoredWeights } from '../../../src/models/model';
import type { DecompressRequest } from './options';

/** Returns the line that names the folder, the number of its weights, and the codecs they were decoded from. */
export function decompressText({ out, file }: DecompressRequest, { metadata, shape }: Artefact): string {
  const codecs = metadata.codecs.map((text) => formatCodec(parseCodec(text))).join(', ');
  return `${out}: ${grouped(shape.parameters)} float32 weights from ${basename(file)} (${codecs})\n`;
}

/** Returns the line about a checkpoint that others stored: the folder written, the number of weights, and how they were stored. */
export function checkpointText(out: string, { id, shape }: Model, stored: StoredWeights | undefined): string {
  const note = stored?.note === undefined ? '' : ` Note: ${stored.note}.`;
  return `${out}: ${grouped(shape.parameters)} float32 weights from ${id} (${stored?.scheme ?? 'floats'}).${note}\n`;
}
