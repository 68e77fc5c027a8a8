import type { CodecContext } from '../../../contract/codec';
import type { PartLayout, Parts } from '../../../contract/parts';
import { type CodedField, isCoded, isShorter, rawBytes } from '../../../kit/entropyCoding/container';
import { type Field, readPlane, writePlane } from '../../../kit/entropyCoding/fields';
import { decodeStreams, encodeStreams, packSymbols, unpackSymbols } from '../../../kit/entropyCoding/gpu';
import { chooseModelAsync } from '../../../kit/entropyCoding/model';
import { assemble, fieldsToCode, groupsOf, open, type RansOptions } from './parts';

/** Stored parts from the inner codec's, coded on the GPU; tables are made on the host. @throws Cancelled, LabError */
export async function encodeParts(
  inner: readonly PartLayout[],
  options: RansOptions,
  parts: Parts,
  context: CodecContext,
): Promise<Parts> {
  const coded: CodedField[][] = [];
  for (const group of groupsOf(inner, options)) {
    const fields: CodedField[] = [];
    for (const field of fieldsToCode(group, parts))
      fields.push(await encodeField(field, parts.get(field.suffix)!, context));
    coded.push(fields);
  }
  return assemble(inner, options, parts, coded);
}

async function encodeField(field: Field, bytes: Uint8Array, context: CodecContext): Promise<CodedField> {
  const { shape, plane } = field;
  const symbols = plane ? readPlane(bytes, plane) : await unpackSymbols(bytes, shape, context);
  const sequence = { symbols, ...shape };
  const model = await chooseModelAsync(sequence, context.signal);
  if (model.kind === 'constant') return { ...field, model, streams: [] };
  if (isCoded(model)) {
    const streams = await encodeStreams(sequence, model, context);
    if (isShorter(streams, model, shape)) return { ...field, model, streams };
  }
  const raw = await packSymbols(symbols, oneRow(field), context);
  return { ...field, model: { kind: 'raw' }, streams: [], raw: raw.subarray(0, rawBytes(shape)) };
}

/** Raw symbols follow each other without padding. */
function oneRow({ shape: { rows, perRow, bits } }: Field) {
  return { rows: 1, perRow: rows * perRow, bits };
}

/** The inner codec's parts. @throws Damage; Cancelled, LabError */
export async function decodeParts(
  inner: readonly PartLayout[],
  options: RansOptions,
  stored: Parts,
  context: CodecContext,
): Promise<Parts> {
  const parts = new Map(
    inner.flatMap(({ suffix }) => (stored.has(suffix) ? [[suffix, stored.get(suffix)!]] : [])),
  );
  for (const { lengths, fields } of open(inner, options, stored)) {
    for (const [suffix, length] of lengths) parts.set(suffix, new Uint8Array(length));
    for (const field of fields) {
      const symbols = await decodeField(field, context);
      if (field.plane) writePlane(parts.get(field.suffix)!, field.plane, symbols);
      else parts.set(field.suffix, await packSymbols(symbols, field.shape, context));
    }
  }
  return parts;
}

async function decodeField(field: CodedField, context: CodecContext): Promise<Uint8Array> {
  const { model, shape, streams, raw } = field;
  if (isCoded(model)) return decodeStreams(streams, shape, model, context);
  if (model.kind === 'constant') return new Uint8Array(shape.rows * shape.perRow).fill(model.symbol);
  return unpackSymbols(raw!, oneRow(field), context);
}
