import { concatenate } from '../base/concatenate';
import { BitReader, BitWriter, CorruptData } from '../codecs/kit/entropyCoding/bitio';
import { histogram, messageBits } from '../codecs/kit/entropyCoding/cost';
import { explicitTables } from '../codecs/kit/entropyCoding/explicitTable';
import { frequenciesOf, readModel, writeModel, type SymbolModel } from '../codecs/kit/entropyCoding/model';
import { decodeReference, encodeReference } from '../codecs/kit/entropyCoding/reference';
import { streamSpans } from '../codecs/kit/entropyCoding/streams';

/** Bits of the length of a stream, in words of 16 bits. */
const LENGTH_BITS = 20;
/** Fewer symbols are kept as they are, since a model would take most of what it saves. */
const MIN_SYMBOLS = 32;
const RAW = { kind: 'raw' } as const;

const shapeOf = (count: number) => ({ rows: 1, perRow: count, bits: 8 });

/** Codes bytes with rANS under a static model of their frequencies, or keeps them if that is not shorter. Its header says which. */
export function packBytes(symbols: Uint8Array): Uint8Array {
  const shape = shapeOf(symbols.length);
  const model = modelOf(symbols);
  const header = new BitWriter();
  writeModel(header, model, shape.bits);
  if (model.kind === 'constant') return header.finish();
  if (model.kind !== 'raw') {
    const streams = encodeReference({ symbols, ...shape }, model);
    for (const { length } of streams) header.write(length, LENGTH_BITS);
    const head = header.finish();
    const payload = streams.reduce((sum, { length }) => sum + 2 * length, 0);
    if (head.length + payload <= symbols.length)
      return concatenate(Uint8Array, [head, ...streams.map(bytesOfWords)]);
  }
  const raw = new BitWriter();
  writeModel(raw, RAW, shape.bits);
  return concatenate(Uint8Array, [raw.finish(), symbols]);
}

/** Returns the table of frequencies that codes bytes in the fewest bits. Its fineness is all there is to choose. */
function modelOf(symbols: Uint8Array): SymbolModel {
  if (symbols.length < MIN_SYMBOLS) return RAW;
  const counts = histogram(symbols);
  if (counts[symbols[0]] === symbols.length) return { kind: 'constant', symbol: symbols[0] };
  const tables = explicitTables(counts).map((model) => {
    const header = new BitWriter();
    writeModel(header, model, 8);
    return { model, bits: header.bits + messageBits(counts, frequenciesOf(model)[0]) };
  });
  return tables.reduce((best, each) => (each.bits < best.bits ? each : best)).model;
}

/** Restores bytes that `packBytes` coded. @throws CorruptData unless there are exactly `count` */
export function unpackBytes(packed: Uint8Array | undefined, count: number): Uint8Array {
  if (!packed) throw new CorruptData('a part is missing');
  const shape = shapeOf(count);
  const header = new BitReader(packed);
  const model = readModel(header, shape);
  if (model.kind === 'constant') return constant(packed, header, count, model.symbol);
  if (model.kind === 'raw') {
    const symbols = packed.subarray(header.bytesRead);
    if (symbols.length !== count) throw new CorruptData('a part has the wrong length');
    return symbols;
  }
  const lengths = streamSpans(count).map(() => header.read(LENGTH_BITS));
  let at = header.bytesRead;
  if (at + 2 * lengths.reduce((sum, length) => sum + length, 0) !== packed.length)
    throw new CorruptData('a part has the wrong length');
  const streams = lengths.map((length) => wordsOfBytes(packed.subarray(at, (at += 2 * length))));
  return decodeReference(streams, shape, model);
}

function constant(packed: Uint8Array, header: BitReader, count: number, symbol: number): Uint8Array {
  if (packed.length !== header.bytesRead) throw new CorruptData('a part has the wrong length');
  return new Uint8Array(count).fill(symbol);
}

function bytesOfWords(words: Uint16Array): Uint8Array {
  return Uint8Array.from({ length: 2 * words.length }, (_, i) => (words[i >> 1] >> (8 * (i & 1))) & 255);
}

function wordsOfBytes(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}

/** Splits words into planes, one for each byte of a word, and packs each. @returns parts plane0 (the lowest byte) and so on */
export function packPlanes(words: Uint8Array, width: number): Record<string, Uint8Array> {
  const count = words.length / width;
  const planes: Record<string, Uint8Array> = {};
  for (let byte = 0; byte < width; byte++) {
    const plane = new Uint8Array(count);
    for (let i = 0; i < count; i++) plane[i] = words[width * i + byte];
    planes[`plane${byte}`] = packBytes(plane);
  }
  return planes;
}

/** Restores words that `packPlanes` split. @throws CorruptData */
export function unpackPlanes(
  parts: ReadonlyMap<string, Uint8Array>,
  count: number,
  width: number,
): Uint8Array {
  const words = new Uint8Array(count * width);
  for (let byte = 0; byte < width; byte++) {
    const plane = unpackBytes(parts.get(`plane${byte}`), count);
    for (let i = 0; i < count; i++) words[width * i + byte] = plane[i];
  }
  return words;
}
