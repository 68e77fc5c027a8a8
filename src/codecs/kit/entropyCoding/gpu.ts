import { bitstreamBytes } from '../bits';
import type { CodecContext } from '../../contract/codec';
import { gpuJob } from '../gpuJob';
import { splitRows } from '../../../runtime/linear/matrix';
import { CHUNK_ELEMENTS } from '../spans';
import { type FrequencyModel, frequenciesOf } from './model';
import type { Sequence, SequenceShape } from './sequence';
import { FREQUENCY_TOTAL, symbolTable } from './rans';
import { badStream } from './reference';
import { maxStreamWords, streamLength, streamSpans, type StreamSpan } from './streams';

// The four steps of the coder on the GPU give the same bytes as the plain loops of reference.ts.

/** Operations per symbol, as the command stream counts work. */
const PACK_COST = 12;
const CODE_COST = 40;
/** Symbols of one row into which a single bitstream is divided at whole words. */
const SLICE_SYMBOLS = 4096;
/** Bytes of one batch of streams per element of a chunk. */
const BYTES_PER_ELEMENT = 2;

interface Rows {
  count: number;
  perRow: number;
  rowBytes: number;
  ranges: { first: number; count: number; firstRow: number; rows: number }[];
}

/** Divides rows into ranges whose symbols and codes each fit a binding. */
function rowsOf({ rows, perRow, bits }: SequenceShape, maxBindingBytes: number): Rows {
  const count = rows * perRow;
  const run = rows === 1 ? Math.min(SLICE_SYMBOLS, 32 * Math.ceil(perRow / 32)) : perRow;
  const rowBytes = bitstreamBytes(run, bits);
  const widest = Math.max(run, rowBytes);
  const ranges = splitRows(
    Math.ceil(count / run),
    widest,
    Math.min(maxBindingBytes, Math.max(CHUNK_ELEMENTS, widest)),
  );
  return {
    count,
    perRow: run,
    rowBytes,
    ranges: ranges.map(({ firstRow, rows: own }) => ({
      firstRow,
      rows: own,
      first: firstRow * run,
      count: Math.min(own * run, count - firstRow * run),
    })),
  };
}

/** Reads the symbols of `rows` bitstreams, each padded to 4 bytes. @throws Cancelled, LabError */
export async function unpackSymbols(
  bytes: Uint8Array,
  shape: SequenceShape,
  context: CodecContext,
): Promise<Uint8Array> {
  if (shape.bits === 8 && (shape.rows === 1 || shape.perRow % 4 === 0))
    return bytes.slice(0, shape.rows * shape.perRow);
  const { count: all, perRow, rowBytes, ranges } = rowsOf(shape, context.gpu.maxBindingBytes);
  const symbols = new Uint8Array(all);
  for (const { first, count, firstRow, rows } of ranges) {
    const piece = await gpuJob(context, async ({ scope, dispatch, run, read }) => {
      const out = scope.allocate(count, 'symbols');
      const codes = bytes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes);
      await dispatch('codecs/kit/entropyCoding/unpack', {
        params: { count, perRow, wordsPerRow: rowBytes / 4, bits: shape.bits },
        bindings: { codes: scope.upload(codes, 'codes'), symbols: out },
        threads: Math.ceil(count / 4),
        cost: PACK_COST * count,
      });
      await run();
      return read(out, count);
    });
    symbols.set(piece, first);
  }
  return symbols;
}

/** Packs symbols into `rows` bitstreams, each padded with zeros to 4 bytes. @throws Cancelled, LabError */
export async function packSymbols(
  symbols: Uint8Array,
  shape: SequenceShape,
  context: CodecContext,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(shape.rows * bitstreamBytes(shape.perRow, shape.bits));
  if (shape.bits === 8 && (shape.rows === 1 || shape.perRow % 4 === 0)) {
    bytes.set(symbols);
    return bytes;
  }
  const { perRow, rowBytes, ranges } = rowsOf(shape, context.gpu.maxBindingBytes);
  for (const { first, count, firstRow, rows } of ranges) {
    const piece = await gpuJob(context, async ({ scope, dispatch, run, read }) => {
      const codes = scope.allocate(rows * rowBytes, 'codes');
      await dispatch('codecs/kit/entropyCoding/pack', {
        params: { count, words: codes.size / 4, perRow, wordsPerRow: rowBytes / 4, bits: shape.bits },
        bindings: { symbols: scope.upload(symbols.subarray(first, first + count), 'symbols'), codes },
        threads: codes.size / 4,
        cost: PACK_COST * count,
      });
      await run();
      return read(codes, rows * rowBytes);
    });
    bytes.set(piece.subarray(0, bytes.length - firstRow * rowBytes), firstRow * rowBytes);
  }
  return bytes;
}

/** Streams coded in one dispatch. */
interface Batch {
  spans: StreamSpan[];
  firstStream: number;
  first: number;
  count: number;
}

function batches(symbols: number, bytesPerStream: number, maxBindingBytes: number): Batch[] {
  const all = streamSpans(symbols);
  const max = Math.max(bytesPerStream, Math.min(maxBindingBytes, BYTES_PER_ELEMENT * CHUNK_ELEMENTS));
  return splitRows(all.length, bytesPerStream, max).map(({ firstRow, rows }) => {
    const spans = all.slice(firstRow, firstRow + rows);
    const count = spans.reduce((sum, span) => sum + span.count, 0);
    return { spans, firstStream: firstRow, first: spans[0].first, count };
  });
}

/** Codes a sequence into streams of 16-bit words. @throws Cancelled, LabError */
export async function encodeStreams(
  sequence: Sequence,
  model: FrequencyModel,
  context: CodecContext,
): Promise<Uint16Array[]> {
  const length = streamLength(sequence.symbols.length);
  const capacity = Math.ceil(maxStreamWords(length) / 2);
  const tables = Uint32Array.from(frequenciesOf(model).map(symbolTable).flatMap(encodeEntries));
  const found: Uint16Array[] = [];
  for (const batch of batches(sequence.symbols.length, 4 * capacity, context.gpu.maxBindingBytes))
    found.push(...(await encodeBatch(sequence, model, batch, { length, capacity, tables }, context)));
  return found;
}

function encodeEntries({ frequencies, starts }: ReturnType<typeof symbolTable>): number[] {
  return Array.from(frequencies, (f, symbol) => (starts[symbol] * 65536 + f) >>> 0);
}

function encodeBatch(
  { symbols, perRow }: Sequence,
  model: FrequencyModel,
  { spans, first, count }: Batch,
  { length, capacity, tables }: { length: number; capacity: number; tables: Uint32Array },
  context: CodecContext,
): Promise<Uint16Array[]> {
  return gpuJob(context, async ({ scope, dispatch, run, readWords }) => {
    const words = scope.allocate(4 * capacity * spans.length, 'streams');
    const lengths = scope.allocate(4 * spans.length, 'stream lengths');
    const classes = classBindings(model, first, count, perRow);
    const kernel = {
      module: 'codecs/kit/entropyCoding/encode',
      conditions: { contexts: classes !== undefined },
    };
    await dispatch(kernel, {
      params: { count, streams: spans.length, length, capacity, firstSymbol: first % perRow, perRow },
      bindings: {
        symbols: scope.upload(symbols.subarray(first, first + count), 'symbols'),
        tables: scope.upload(tables, 'frequencies'),
        words,
        lengths,
        ...(classes && {
          rows: scope.upload(classes.rows, 'row classes'),
          columns: scope.upload(classes.columns, 'column classes'),
        }),
      },
      threads: spans.length,
      cost: CODE_COST * count,
    });
    await run();
    const all = new Uint16Array((await readWords(words)).buffer);
    const used = await readWords(lengths);
    return spans.map((_, i) => all.slice(2 * capacity * i, 2 * capacity * i + used[i]));
  });
}

/** Decodes the symbols of a sequence. @throws CorruptData for a stream that does not end in its initial state; Cancelled, LabError */
export async function decodeStreams(
  streams: readonly Uint16Array[],
  { rows, perRow }: SequenceShape,
  model: FrequencyModel,
  context: CodecContext,
): Promise<Uint8Array> {
  const symbols = new Uint8Array(rows * perRow);
  const length = streamLength(symbols.length);
  streams.forEach((words, i) => {
    const isPossible = words.length >= 2 && words.length <= maxStreamWords(length);
    if (!isPossible || words[words.length - 1] === 0) throw badStream(i);
  });
  const tables = decodeTables(model);
  const longest = streams.reduce((max, words) => Math.max(max, words.length), 0);
  for (const batch of batches(
    symbols.length,
    Math.max(length, 2 * longest + 2),
    context.gpu.maxBindingBytes,
  )) {
    const piece = await decodeBatch(streams, perRow, model, batch, { length, tables }, context);
    symbols.set(piece, batch.first);
  }
  return symbols;
}

function decodeTables(model: FrequencyModel): Uint32Array {
  const tables = frequenciesOf(model);
  const entries = new Uint32Array(tables.length * FREQUENCY_TOTAL);
  tables.forEach((own, table) => {
    const { frequencies, starts, slots } = symbolTable(own);
    slots.forEach((symbol, slot) => {
      const high = slot - starts[symbol];
      entries[table * FREQUENCY_TOTAL + slot] =
        (high * 2 ** 20 + ((frequencies[symbol] - 1) << 8) + symbol) >>> 0;
    });
  });
  return entries;
}

function decodeBatch(
  streams: readonly Uint16Array[],
  perRow: number,
  model: FrequencyModel,
  { spans, firstStream, first, count }: Batch,
  { length, tables }: { length: number; tables: Uint32Array },
  context: CodecContext,
): Promise<Uint8Array> {
  const own = streams.slice(firstStream, firstStream + spans.length);
  const ends = new Uint32Array(own.length + 1);
  own.forEach((words, i) => (ends[i + 1] = ends[i] + words.length));
  const words = new Uint16Array(ends[own.length]);
  own.forEach((each, i) => words.set(each, ends[i]));
  return gpuJob(context, async ({ scope, dispatch, run, read, readWords }) => {
    const symbols = scope.allocate(count, 'symbols');
    const bad = scope.allocate(4 * own.length, 'stream ends');
    const classes = classBindings(model, first, count, perRow);
    const kernel = {
      module: 'codecs/kit/entropyCoding/decode',
      conditions: { contexts: classes !== undefined },
    };
    await dispatch(kernel, {
      params: { count, streams: own.length, length, firstSymbol: first % perRow, perRow },
      bindings: {
        words: scope.upload(words, 'streams'),
        ends: scope.upload(ends, 'stream ends'),
        tables: scope.upload(tables, 'frequencies'),
        symbols,
        bad,
        ...(classes && {
          rows: scope.upload(classes.rows, 'row classes'),
          columns: scope.upload(classes.columns, 'column classes'),
        }),
      },
      threads: own.length,
      cost: CODE_COST * count,
    });
    await run();
    const wrong = (await readWords(bad)).findIndex((flag) => flag !== 0);
    if (wrong >= 0) throw badStream(firstStream + wrong);
    return read(symbols, count);
  });
}

/** Computes classes times their strides, for the rows that hold symbols [first, first + count) and for all columns. */
function classBindings(
  model: FrequencyModel,
  first: number,
  count: number,
  perRow: number,
): { rows: Int32Array; columns: Int32Array } | undefined {
  if (model.kind !== 'contexts') return undefined;
  const { rows, columns } = model.contexts;
  const from = Math.floor(first / perRow);
  const to = Math.ceil((first + count) / perRow);
  return {
    rows: Int32Array.from(rows.classes.subarray(from, to), (each) => each * rows.stride),
    columns: Int32Array.from(columns.classes, (each) => each * columns.stride),
  };
}
