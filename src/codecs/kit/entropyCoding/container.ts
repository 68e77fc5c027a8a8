import { concatenate } from '../../../base/concatenate';
import type { PartLayout, Parts } from '../../contract/parts';
import { partBytes } from '../../contract/parts';
import { type BitReader, BitWriter, CorruptData } from './bitio';
import { codingOrder, type Field, fieldsOf, partWidth } from './fields';
import { type FrequencyModel, type SymbolModel, readModel, writeModel } from './model';
import type { SequenceShape } from './sequence';
import { maxStreamWords, streamSpans } from './streams';

/** A field with its model and its payload, which is either the words of each stream or the bytes of raw symbols. */
export interface CodedField extends Field {
  model: SymbolModel;
  streams: readonly Uint16Array[];
  raw?: Uint8Array;
}

/** Computes the bytes of a field's raw symbols, which are packed without padding between rows. */
export function rawBytes({ rows, perRow, bits }: SequenceShape): number {
  return Math.ceil((rows * perRow * bits) / 8);
}

/**
 * Whether streams with their model and lengths are shorter than raw symbols. The model was chosen by an estimate, and streams of nearly
 * random symbols may turn out longer.
 */
export function isShorter(
  streams: readonly Uint16Array[],
  model: FrequencyModel,
  shape: SequenceShape,
): boolean {
  const header = new BitWriter();
  writeModel(header, model, shape.bits);
  const words = streams.reduce((sum, { length }) => sum + length, 0);
  return header.bits + 16 * (words + streams.length) < 8 * rawBytes(shape);
}

/** The model of a field whose own has not been read yet. */
const RAW: SymbolModel = { kind: 'raw' };

/** Whether a model codes symbols by their frequencies. */
export function isEntropyCoded(model: SymbolModel): model is FrequencyModel {
  return model.kind !== 'raw' && model.kind !== 'constant';
}

/**
 * Writes the fields of some parts. The header receives which parts are present, their models and their stream lengths. The last coded
 * stream has no length, since it takes the remaining words.
 * @param fields the fields of the parts that are present, in coding order
 * @returns the payload
 */
export function writeFields(
  header: BitWriter,
  layout: readonly PartLayout[],
  parts: Parts,
  fields: readonly CodedField[],
): Uint8Array {
  for (const part of codingOrder(layout)) {
    const bytes = parts.get(part.suffix);
    if (part.optional) header.write(Number(bytes !== undefined), 1);
    if (bytes && part.variable) header.varint(bytes.length);
  }
  for (const { model, shape } of fields) writeModel(header, model, shape.bits);
  const sized = fields.flatMap(({ streams, shape }) => streams.map(({ length }) => ({ length, shape })));
  for (const { length, shape } of sized.slice(0, -1)) header.write(length, lengthBits(shape));
  return concatenate(
    Uint8Array,
    fields.flatMap(({ streams, raw }) => (raw ? [raw] : streams.map(bytesOfWords))),
  );
}

/** Computes the width of a stream length. */
function lengthBits(shape: SequenceShape): number {
  return 32 - Math.clz32(maxStreamWords(streamSpans(shape.rows * shape.perRow)[0].count));
}

/** A field as the header describes it, without its payload. */
interface HeaderField extends Field {
  model: SymbolModel;
  words: number[];
}

/** The content of a header: the lengths of some parts, and their fields without payload. */
export interface ContainerHeader {
  lengths: ReadonlyMap<string, number>;
  fields: readonly HeaderField[];
}

/** Reads a header that `writeFields` wrote. @throws CorruptData */
export function readHeader(header: BitReader, layout: readonly PartLayout[]): ContainerHeader {
  const lengths = new Map<string, number>();
  const fields: HeaderField[] = [];
  for (const part of codingOrder(layout)) {
    if (part.optional && !header.read(1)) continue;
    const bytes = part.variable ? header.varint() : partBytes(part);
    if (bytes > partBytes(part) || bytes % partWidth(part) !== 0)
      throw new CorruptData(`its part ${part.suffix} has an impossible length`);
    lengths.set(part.suffix, bytes);
    fields.push(...fieldsOf(part, bytes).map((field) => ({ ...field, model: RAW, words: [] })));
  }
  for (const field of fields) field.model = readModel(header, field.shape);
  const coded = fields.filter(({ model }) => isEntropyCoded(model));
  for (const field of coded) {
    const last = field === coded.at(-1);
    const streams = streamSpans(field.shape.rows * field.shape.perRow).length - Number(last);
    for (let i = 0; i < streams; i++) field.words.push(header.read(lengthBits(field.shape)));
  }
  return { lengths, fields };
}

/** Splits the payload of a group into the payloads of its fields. @throws CorruptData unless the lengths add up exactly */
export function splitPayload({ fields }: ContainerHeader, payload: Uint8Array): CodedField[] {
  const last = fields.filter(({ model }) => isEntropyCoded(model)).at(-1);
  const known = fields.reduce((sum, field) => sum + knownBytes(field), 0);
  const left = payload.length - known;
  if (left < 0 || left % 2 !== 0 || (left > 0 && !last))
    throw new CorruptData('its length contradicts its tables');
  let at = 0;
  const take = (bytes: number) => payload.subarray(at, (at += bytes));
  return fields.map(({ model, words, ...field }) => {
    if (model.kind === 'raw') return { ...field, model, streams: [], raw: take(rawBytes(field.shape)) };
    if (model.kind === 'constant') return { ...field, model, streams: [] };
    const all = model === last!.model ? [...words, left / 2] : words;
    return { ...field, model, streams: all.map((count) => wordsOfBytes(take(2 * count))) };
  });
}

function knownBytes({ model, shape, words }: HeaderField): number {
  if (model.kind === 'raw') return rawBytes(shape);
  return words.reduce((sum, count) => sum + 2 * count, 0);
}

function bytesOfWords(words: Uint16Array): Uint8Array {
  return Uint8Array.from({ length: 2 * words.length }, (_, i) => (words[i >> 1] >> (8 * (i & 1))) & 255);
}

function wordsOfBytes(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}
