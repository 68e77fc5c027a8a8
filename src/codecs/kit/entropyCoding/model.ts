import { type BellTable, bellFrequencies, bellOf, fitBell, readBell, writeBell } from './bellTable';
import { throwIfAborted } from '../../../base/errors';
import { type BitReader, BitWriter, Damage } from './bitio';
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
import { streamBits } from './streams';

interface ContextModel {
  kind: 'contexts';
  table: BellTable;
  contexts: Contexts;
}

/** How a sequence is coded. Raw: `bits` per symbol. Constant: one symbol, no payload. The others by rANS. */
export type Model = { kind: 'raw' } | { kind: 'constant'; symbol: number } | CodedModel;
export type CodedModel = ExplicitTable | BellTable | ContextModel;

const KINDS = ['raw', 'constant', 'explicit', 'bell', 'contexts'] as const;
const KIND_BITS = 3;
/** Sequences shorter than this are not worth classes of rows and columns. */
const CONTEXT_SYMBOLS = 256;
/** Pause after this much work, so that a worker still hears Stop. */
const SLICE_MS = 50;

/** Writes a model into the head of the compressed bytes. */
export function writeModel(writer: BitWriter, model: Model, bits: number): void {
  writer.write(KINDS.indexOf(model.kind), KIND_BITS);
  if (model.kind === 'constant') writer.write(model.symbol, bits);
  if (model.kind === 'explicit') writeExplicit(writer, model, bits);
  if (model.kind === 'bell') writeBell(writer, model, bits);
  if (model.kind !== 'contexts') return;
  writeBell(writer, model.table, bits);
  writeContexts(writer, model.contexts);
}

/** @throws Damage for a model that cannot be */
export function readModel(reader: BitReader, { rows, perRow, bits }: SequenceShape): Model {
  const kind = KINDS[reader.read(KIND_BITS)];
  if (kind === undefined) throw new Damage('it is coded in a way that does not exist');
  if (kind === 'raw') return { kind };
  if (rows * perRow === 0) throw new Damage('an empty part has frequencies');
  if (kind === 'constant') return { kind, symbol: reader.read(bits) };
  if (kind === 'explicit') return readExplicit(reader, bits);
  if (kind === 'bell') return readBell(reader, bits);
  return { kind, table: readBell(reader, bits), contexts: readContexts(reader, rows, perRow) };
}

/** The frequencies a model codes with: one table, or one for each context. */
export function frequenciesOf(model: CodedModel): Uint16Array[] {
  if (model.kind === 'explicit') return [explicitFrequencies(model)];
  if (model.kind === 'bell') return [bellFrequencies(model)];
  return contextFrequencies(model.table);
}

/** The model that stores a sequence in the fewest bits, tables and classes included. */
export function chooseModel(sequence: Sequence): Model {
  const steps = choosing(sequence);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same, letting other work in between passes over the symbols. @throws Cancelled */
export async function chooseModelAsync(sequence: Sequence, signal?: AbortSignal): Promise<Model> {
  const steps = choosing(sequence);
  for (let resumed = performance.now(); ;) {
    throwIfAborted(signal);
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - resumed < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    resumed = performance.now();
  }
}

function* choosing(sequence: Sequence): Generator<void, Model> {
  const { symbols, rows, perRow, bits } = sequence;
  if (symbols.length === 0) return { kind: 'raw' };
  const counts = histogram(symbols);
  const first = symbols[0];
  if (counts[first] === symbols.length) return { kind: 'constant', symbol: first };
  const bell = fitBell(bellOf(counts), (table) => messageBits(counts, bellFrequencies(table)));
  const candidates: { model: Model; bits: number }[] = [
    { model: { kind: 'raw' }, bits: symbols.length * bits },
    ...[...explicitTables(counts), bell].map((model) => ({
      model,
      bits: codedBits(sequence, model, messageBits(counts, frequenciesOf(model)[0])),
    })),
  ];
  if (symbols.length >= CONTEXT_SYMBOLS && rows > 1 && perRow > 1) {
    const { table, contexts, bits: payload } = yield* fitContexts(sequence, bell);
    const model = { kind: 'contexts', table, contexts } as const;
    candidates.push({ model, bits: codedBits(sequence, table, payload) });
  }
  return candidates.reduce((best, each) => (each.bits < best.bits ? each : best)).model;
}

/** Payload, streams and head together. */
function codedBits({ symbols, bits }: Sequence, model: CodedModel, payload: number): number {
  const writer = new BitWriter();
  writeModel(writer, model, bits);
  return payload + streamBits(symbols.length) + writer.bits;
}
