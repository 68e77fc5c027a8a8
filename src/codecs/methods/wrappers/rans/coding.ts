import type { CodecContext } from '../../../contract/codec';
import type { PartLayout, Parts } from '../../../contract/parts';
import { type CodedField, isEntropyCoded, isShorter, rawBytes } from '../../../kit/entropyCoding/container';
import { type Field, readPlane, writePlane } from '../../../kit/entropyCoding/fields';
import { decodeStreams, encodeStreams, packSymbols, unpackSymbols } from '../../../kit/entropyCoding/gpu';
import { chooseModelAsync } from '../../../kit/entropyCoding/model';
import { storedParts, fieldsToCode, codingGroups, readGroups, type RansOptions } from './parts';

/** Codes the parts of the inner codec on the GPU. Frequency tables are made on the host. @throws Cancelled, LabError */
export async function encodeParts(
  inner: readonly PartLayout[],
  options: RansOptions,
  parts: Parts,
  context: CodecContext,
): Promise<Parts> {
  const coded: CodedField[][] = [];
  for (const group of codingGroups(inner, options)) {
    const fields: CodedField[] = [];
    for (const field of fieldsToCode(group, parts))
      fields.push(await encodeField(field, parts.get(field.suffix)!, context));
    coded.push(fields);
  }
  return storedParts(inner, options, parts, coded);
}

async function encodeField(field: Field, bytes: Uint8Array, context: CodecContext): Promise<CodedField> {
  const { shape, plane } = field;
  const symbols = plane ? readPlane(bytes, plane) : await unpackSymbols(bytes, shape, context);
  const sequence = { symbols, ...shape };
  const model = await chooseModelAsync(sequence, context.signal);
  if (model.kind === 'constant') return { ...field, model, streams: [] };
  if (isEntropyCoded(model)) {
    const streams = await encodeStreams(sequence, model, context);
    if (isShorter(streams, model, shape)) return { ...field, model, streams };
  }
  const raw = await packSymbols(symbols, rawShape(field), context);
  return { ...field, model: { kind: 'raw' }, streams: [], raw: raw.subarray(0, rawBytes(shape)) };
}

/** Computes the shape of a field's raw symbols, which are packed without padding between rows. */
function rawShape({ shape: { rows, perRow, bits } }: Field) {
  return { rows: 1, perRow: rows * perRow, bits };
}

/** Decodes stored parts to those of the inner codec. @throws CorruptData; Cancelled, LabError */
export async function decodeParts(
  inner: readonly PartLayout[],
  options: RansOptions,
  stored: Parts,
  context: CodecContext,
): Promise<Parts> {
  const parts = new Map(
    inner.flatMap(({ suffix }) => (stored.has(suffix) ? [[suffix, stored.get(suffix)!]] : [])),
  );
  for (const { lengths, fields } of readGroups(inner, options, stored)) {
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
  if (isEntropyCoded(model)) return decodeStreams(streams, shape, model, context);
  if (model.kind === 'constant') return new Uint8Array(shape.rows * shape.perRow).fill(model.symbol);
  return unpackSymbols(raw!, rawShape(field), context);
}
