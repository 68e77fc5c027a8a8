import type { PartLayout, Parts } from '../../contract/parts';
import { partBytes } from '../../contract/parts';
import { type BitReader, BitWriter, Damage } from './bitio';
import { codingOrder, type Field, fieldsOf, partWidth } from './fields';
import { type CodedModel, type Model, readModel, writeModel } from './model';
import type { SequenceShape } from './sequence';
import { mostWords, streamSpans } from './streams';

/** A field with its model and its payload: the words of each stream, or the bytes of raw symbols. */
export interface CodedField extends Field {
  model: Model;
  streams: readonly Uint16Array[];
  raw?: Uint8Array;
}

/** Bytes of a field's raw symbols: `bits` each, padded at the end only. */
export function rawBytes({ rows, perRow, bits }: SequenceShape): number {
  return Math.ceil((rows * perRow * bits) / 8);
}

/**
 * Whether streams with their model and lengths are shorter than raw symbols. The model was chosen by an estimate; many streams of
 * nearly random symbols may turn out longer.
 */
export function isShorter(streams: readonly Uint16Array[], model: CodedModel, shape: SequenceShape): boolean {
  const head = new BitWriter();
  writeModel(head, model, shape.bits);
  const words = streams.reduce((sum, { length }) => sum + length, 0);
  return head.bits + 16 * (words + streams.length) < 8 * rawBytes(shape);
}

/** What a field has until its model is read. */
const RAW: Model = { kind: 'raw' };

export function isCoded(model: Model): model is CodedModel {
  return model.kind !== 'raw' && model.kind !== 'constant';
}

/**
 * Writes the fields of some parts: which parts there are, models and stream lengths go into the head; the payload is
 * returned. The last coded stream has no length: it takes what is left.
 * @param fields of the parts present, in coding order
 */
export function writeFields(
  head: BitWriter,
  layout: readonly PartLayout[],
  parts: Parts,
  fields: readonly CodedField[],
): Uint8Array {
  for (const part of codingOrder(layout)) {
    const bytes = parts.get(part.suffix);
    if (part.optional) head.write(Number(bytes !== undefined), 1);
    if (bytes && part.variable) head.varint(bytes.length);
  }
  for (const { model, shape } of fields) writeModel(head, model, shape.bits);
  const sized = fields.flatMap(({ streams, shape }) => streams.map(({ length }) => ({ length, shape })));
  for (const { length, shape } of sized.slice(0, -1)) head.write(length, lengthBits(shape));
  return concatenate(fields.flatMap(({ streams, raw }) => (raw ? [raw] : streams.map(bytesOfWords))));
}

/** Bits in which the words of a stream are counted. */
function lengthBits(shape: SequenceShape): number {
  return 32 - Math.clz32(mostWords(streamSpans(shape.rows * shape.perRow)[0].count));
}

/** A field as the head describes it, before its payload is found. */
interface HeadField extends Field {
  model: Model;
  words: number[];
}

/** What a head says of some parts: their lengths, and their fields without payload. */
export interface Head {
  lengths: ReadonlyMap<string, number>;
  fields: readonly HeadField[];
}

/** Reads what `writeFields` wrote into a head. @throws Damage */
export function readHead(head: BitReader, layout: readonly PartLayout[]): Head {
  const lengths = new Map<string, number>();
  const fields: HeadField[] = [];
  for (const part of codingOrder(layout)) {
    if (part.optional && !head.read(1)) continue;
    const bytes = part.variable ? head.varint() : partBytes(part);
    if (bytes > partBytes(part) || bytes % partWidth(part) !== 0)
      throw new Damage(`its part ${part.suffix} has an impossible length`);
    lengths.set(part.suffix, bytes);
    fields.push(...fieldsOf(part, bytes).map((field) => ({ ...field, model: RAW, words: [] })));
  }
  for (const field of fields) field.model = readModel(head, field.shape);
  const coded = fields.filter(({ model }) => isCoded(model));
  for (const field of coded) {
    const last = field === coded.at(-1);
    const streams = streamSpans(field.shape.rows * field.shape.perRow).length - Number(last);
    for (let i = 0; i < streams; i++) field.words.push(head.read(lengthBits(field.shape)));
  }
  return { lengths, fields };
}

/** Cuts the payload of a group into its fields'. @throws Damage unless it is used up exactly */
export function cutPayload({ fields }: Head, payload: Uint8Array): CodedField[] {
  const last = fields.filter(({ model }) => isCoded(model)).at(-1);
  const known = fields.reduce((sum, field) => sum + knownBytes(field), 0);
  const left = payload.length - known;
  if (left < 0 || left % 2 !== 0 || (left > 0 && !last))
    throw new Damage('its length is not what its tables say');
  let at = 0;
  const take = (bytes: number) => payload.subarray(at, (at += bytes));
  return fields.map(({ model, words, ...field }) => {
    if (model.kind === 'raw') return { ...field, model, streams: [], raw: take(rawBytes(field.shape)) };
    if (model.kind === 'constant') return { ...field, model, streams: [] };
    const all = model === last!.model ? [...words, left / 2] : words;
    return { ...field, model, streams: all.map((count) => wordsOfBytes(take(2 * count))) };
  });
}

function knownBytes({ model, shape, words }: HeadField): number {
  if (model.kind === 'raw') return rawBytes(shape);
  return words.reduce((sum, count) => sum + 2 * count, 0);
}

function bytesOfWords(words: Uint16Array): Uint8Array {
  return Uint8Array.from({ length: 2 * words.length }, (_, i) => (words[i >> 1] >> (8 * (i & 1))) & 255);
}

function wordsOfBytes(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
