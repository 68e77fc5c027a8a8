import { bitstreamBytes, readCode, writeCode } from '../bits';
import { Damage } from './bitio';
import { contextOf } from './contexts';
import { type CodedModel, frequenciesOf } from './model';
import type { Sequence, SequenceShape } from './sequence';
import { decodeStream, encodeStream, symbolTable, type TableOf } from './rans';
import { streamSpans } from './streams';

/** The coder's four steps in plain loops; gpu.ts has the same ones on the GPU. */

/** Symbols out of `rows` bitstreams, each padded to 4 bytes. */
export function unpackReference(bytes: Uint8Array, { rows, perRow, bits }: SequenceShape): Uint8Array {
  const rowBytes = bitstreamBytes(perRow, bits);
  return Uint8Array.from({ length: rows * perRow }, (_, i) =>
    readCode(bytes, Math.floor(i / perRow) * rowBytes, i % perRow, bits),
  );
}

/** The inverse; padding is zero. Symbols that are missing at the end count as zero. */
export function packReference(symbols: Uint8Array, { rows, perRow, bits }: SequenceShape): Uint8Array {
  const rowBytes = bitstreamBytes(perRow, bits);
  const bytes = new Uint8Array(rows * rowBytes);
  symbols.forEach((symbol, i) =>
    writeCode(bytes, Math.floor(i / perRow) * rowBytes, i % perRow, bits, symbol),
  );
  return bytes;
}

export function encodeReference({ symbols, perRow }: Sequence, model: CodedModel): Uint16Array[] {
  const tableOf = tablesOf(model, perRow);
  return streamSpans(symbols.length).map(({ first, count }) => encodeStream(symbols, first, count, tableOf));
}

/** @throws Damage when a stream does not end where it must */
export function decodeReference(
  streams: readonly Uint16Array[],
  { rows, perRow }: SequenceShape,
  model: CodedModel,
): Uint8Array {
  const symbols = new Uint8Array(rows * perRow);
  const tableOf = tablesOf(model, perRow);
  streamSpans(symbols.length).forEach(({ first, count }, i) => {
    if (!decodeStream(streams[i], symbols, first, count, tableOf)) throw badStream(i);
  });
  return symbols;
}

export function badStream(index: number): Damage {
  return new Damage(`entropy-coded stream ${index} does not end where it must`);
}

function tablesOf(model: CodedModel, perRow: number): TableOf {
  const tables = frequenciesOf(model).map(symbolTable);
  if (model.kind !== 'contexts') return () => tables[0];
  const { contexts } = model;
  return (index) => tables[contextOf(contexts, Math.floor(index / perRow), index % perRow)];
}
