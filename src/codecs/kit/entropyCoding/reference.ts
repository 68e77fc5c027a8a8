import { bitstreamBytes, readCode, writeCode } from '../bits';
import { CorruptData } from './bitio';
import { contextOf } from './contexts';
import { type FrequencyModel, frequenciesOf } from './model';
import type { Sequence, SequenceShape } from './sequence';
import { decodeStream, encodeStream, symbolTable, type TableOf } from './rans';
import { streamSpans } from './streams';

// The four steps of the coder in plain loops are the reference for gpu.ts.

/** Reads the symbols of `rows` bitstreams, each padded to 4 bytes. */
export function unpackReference(bytes: Uint8Array, { rows, perRow, bits }: SequenceShape): Uint8Array {
  const rowBytes = bitstreamBytes(perRow, bits);
  return Uint8Array.from({ length: rows * perRow }, (_, i) =>
    readCode(bytes, Math.floor(i / perRow) * rowBytes, i % perRow, bits),
  );
}

/** Packs symbols into `rows` bitstreams, each padded with zeros to 4 bytes. Missing symbols at the end count as zero. */
export function packReference(symbols: Uint8Array, { rows, perRow, bits }: SequenceShape): Uint8Array {
  const rowBytes = bitstreamBytes(perRow, bits);
  const bytes = new Uint8Array(rows * rowBytes);
  symbols.forEach((symbol, i) =>
    writeCode(bytes, Math.floor(i / perRow) * rowBytes, i % perRow, bits, symbol),
  );
  return bytes;
}

/** Codes a sequence into streams of 16-bit words. */
export function encodeReference({ symbols, perRow }: Sequence, model: FrequencyModel): Uint16Array[] {
  const tableOf = tablesOf(model, perRow);
  return streamSpans(symbols.length).map(({ first, count }) => encodeStream(symbols, first, count, tableOf));
}

/** Decodes the symbols of a sequence. @throws CorruptData for a stream that does not end in its initial state */
export function decodeReference(
  streams: readonly Uint16Array[],
  { rows, perRow }: SequenceShape,
  model: FrequencyModel,
): Uint8Array {
  const symbols = new Uint8Array(rows * perRow);
  const tableOf = tablesOf(model, perRow);
  streamSpans(symbols.length).forEach(({ first, count }, i) => {
    if (!decodeStream(streams[i], symbols, first, count, tableOf)) throw badStream(i);
  });
  return symbols;
}

/** Makes the error for a stream that does not end in its initial state. */
export function badStream(index: number): CorruptData {
  return new CorruptData(`entropy-coded stream ${index} does not end in its initial state`);
}

function tablesOf(model: FrequencyModel, perRow: number): TableOf {
  const tables = frequenciesOf(model).map(symbolTable);
  if (model.kind !== 'contexts') return () => tables[0];
  const { contexts } = model;
  return (index) => tables[contextOf(contexts, Math.floor(index / perRow), index % perRow)];
}
