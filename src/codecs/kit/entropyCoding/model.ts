import {
  type GaussianTable,
  gaussianFrequencies,
  gaussianOf,
  fitGaussian,
  readGaussian,
  writeGaussian,
} from './gaussianTable';
import { throwIfAborted } from '../../../base/errors';
import { type BitReader, BitWriter, CorruptData } from './bitio';
import { contextFrequencies, type Contexts, fitContexts, readContexts, writeContexts } from './contexts';
import { histogram, messageBits } from './cost';
import {
  explicitFrequencies,
  type ExplicitTable,
  explicitTables,
  readExplicit,
  writeExplicit,
} from './explicitTable';
import type { Sequence, SequenceShape } from './sequence';
import { streamOverheadBits } from './streams';

interface ContextModel {
  kind: 'contexts';
  table: GaussianTable;
  contexts: Contexts;
}

/** How a sequence is coded: raw with `bits` per symbol, as one constant symbol without payload, or by rANS. */
export type SymbolModel = { kind: 'raw' } | { kind: 'constant'; symbol: number } | FrequencyModel;
/** A model that gives rANS the frequencies of the symbols. */
export type FrequencyModel = ExplicitTable | GaussianTable | ContextModel;

const KINDS = ['raw', 'constant', 'explicit', 'gaussian', 'contexts'] as const;
const KIND_BITS = 3;
/** The length from which a sequence may have classes of rows and columns. */
const MIN_CONTEXT_SYMBOLS = 256;
/** The time after which the search yields, so that a worker still handles Stop. */
const SLICE_MS = 50;

/** Writes a model into the header. */
export function writeModel(writer: BitWriter, model: SymbolModel, bits: number): void {
  writer.write(KINDS.indexOf(model.kind), KIND_BITS);
  if (model.kind === 'constant') writer.write(model.symbol, bits);
  if (model.kind === 'explicit') writeExplicit(writer, model, bits);
  if (model.kind === 'gaussian') writeGaussian(writer, model, bits);
  if (model.kind !== 'contexts') return;
  writeGaussian(writer, model.table, bits);
  writeContexts(writer, model.contexts);
}

/** Reads the model of a sequence of this shape. @throws CorruptData for an invalid model */
export function readModel(reader: BitReader, { rows, perRow, bits }: SequenceShape): SymbolModel {
  const kind = KINDS[reader.read(KIND_BITS)];
  if (kind === undefined) throw new CorruptData('its model of symbols is unknown');
  if (kind === 'raw') return { kind };
  if (rows * perRow === 0) throw new CorruptData('an empty part has frequencies');
  if (kind === 'constant') return { kind, symbol: reader.read(bits) };
  if (kind === 'explicit') return readExplicit(reader, bits);
  if (kind === 'gaussian') return readGaussian(reader, bits);
  return { kind, table: readGaussian(reader, bits), contexts: readContexts(reader, rows, perRow) };
}

/** Computes the frequencies of a model: one table, or one for each context. */
export function frequenciesOf(model: FrequencyModel): Uint16Array[] {
  if (model.kind === 'explicit') return [explicitFrequencies(model)];
  if (model.kind === 'gaussian') return [gaussianFrequencies(model)];
  return contextFrequencies(model.table);
}

/** Chooses the model that stores a sequence in the fewest bits, tables and classes included. */
export function chooseModel(sequence: Sequence): SymbolModel {
  const steps = searchModel(sequence);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** Chooses like `chooseModel`, and yields to the event loop between passes over the symbols. @throws Cancelled */
export async function chooseModelAsync(sequence: Sequence, signal?: AbortSignal): Promise<SymbolModel> {
  const steps = searchModel(sequence);
  for (let resumed = performance.now(); ;) {
    throwIfAborted(signal);
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - resumed < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    resumed = performance.now();
  }
}

function* searchModel(sequence: Sequence): Generator<void, SymbolModel> {
  const { symbols, rows, perRow, bits } = sequence;
  if (symbols.length === 0) return { kind: 'raw' };
  const counts = histogram(symbols);
  const first = symbols[0];
  if (counts[first] === symbols.length) return { kind: 'constant', symbol: first };
  const gaussian = fitGaussian(gaussianOf(counts), (table) =>
    messageBits(counts, gaussianFrequencies(table)),
  );
  const candidates: { model: SymbolModel; bits: number }[] = [
    { model: { kind: 'raw' }, bits: symbols.length * bits },
    ...[...explicitTables(counts), gaussian].map((model) => ({
      model,
      bits: codedBits(sequence, model, messageBits(counts, frequenciesOf(model)[0])),
    })),
  ];
  if (symbols.length >= MIN_CONTEXT_SYMBOLS && rows > 1 && perRow > 1) {
    const { table, contexts, bits: payload } = yield* fitContexts(sequence, gaussian);
    const model = { kind: 'contexts', table, contexts } as const;
    candidates.push({ model, bits: codedBits(sequence, table, payload) });
  }
  return candidates.reduce((best, each) => (each.bits < best.bits ? each : best)).model;
}

/** Computes the bits of payload, streams and header together. */
function codedBits({ symbols, bits }: Sequence, model: FrequencyModel, payload: number): number {
  const writer = new BitWriter();
  writeModel(writer, model, bits);
  return payload + streamOverheadBits(symbols.length) + writer.bits;
}
