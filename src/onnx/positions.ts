import type { AttentionShape, StepOf } from '../models/architecture';
import { rotaryFrequencies } from '../models/rotary';
import type { Dimension, OnnxGraph } from './graph';

/** The number added to a masked score: its exponential is zero in float32, and no infinity enters the graph. */
const MASKED = -1e30;

/** Which positions the tokens of a graph have, and what earlier tokens it sees. */
export interface Positions {
  /** Number of tokens per sequence. */
  readonly time: Dimension;
  /** Emits the rows of the tokens' positions, [time, width]. @param offset row of position 0 */
  rows(table: string, offset: number): string;
  /** Emits cos and sin of the tokens' angles, [time, 1, rotaryDim]. */
  rotary(step: StepOf<'rotary'>): [string, string];
  /**
   * Emits a causal mask [time, keys]: 0 where a row's query sees the column's key, otherwise MASKED. Undefined if every query sees
   * all keys.
   */
  mask(shape: AttentionShape): string | undefined;
  /** Emits the keys and values that a layer's queries see, [batch, keys, width]. */
  withEarlier(layer: number, key: string, value: string): [string, string];
}

/** The positions 0 … time − 1 of whole sequences, known when the graph is written. */
export class WindowPositions implements Positions {
  readonly time: number;
  private readonly graph: OnnxGraph;

  constructor(graph: OnnxGraph, time: number) {
    this.graph = graph;
    this.time = time;
  }

  rows(table: string, offset: number): string {
    const at = (n: number) => this.graph.integers([n]);
    return this.graph.node('Slice', [table, at(offset), at(offset + this.time), at(0)]);
  }

  rotary(step: StepOf<'rotary'>): [string, string] {
    return rotaryTables(this.graph, step, this.time);
  }

  mask({ window = this.time }: AttentionShape): string {
    const { graph, time } = this;
    const name = `causal mask ${time} ${window}`;
    if (graph.has(name)) return name;
    const mask = new Float32Array(time * time);
    for (let row = 0; row < time; row++) {
      mask.fill(MASKED, row * time + row + 1, (row + 1) * time);
      mask.fill(MASKED, row * time, row * time + Math.max(0, row + 1 - window));
    }
    return graph.floats(name, [time, time], mask);
  }

  withEarlier(_: number, key: string, value: string): [string, string] {
    return [key, value];
  }
}

/**
 * The position of one token after `past` earlier ones, known when the graph is written. Inputs and outputs are the caches' of
 * `CachedPositions`, with `past` rows.
 */
export class LastPosition implements Positions {
  readonly time = 1;
  private readonly graph: OnnxGraph;
  private readonly past: number;
  private readonly widths: readonly number[];

  constructor(graph: OnnxGraph, past: number, widths: readonly number[]) {
    this.graph = graph;
    this.past = past;
    this.widths = widths;
  }

  rows(table: string, offset: number): string {
    const at = (n: number) => this.graph.integers([n]);
    return this.graph.node('Slice', [table, at(this.past + offset), at(this.past + offset + 1), at(0)]);
  }

  rotary(step: StepOf<'rotary'>): [string, string] {
    const [cos, sin] = rotaryTables(this.graph, step, this.past + 1);
    return [this.rows(cos, 0), this.rows(sin, 0)];
  }

  mask({ window = Infinity }: AttentionShape): string | undefined {
    const hidden = this.past + 1 - window;
    if (hidden <= 0) return undefined;
    const name = `mask of ${window}`;
    const mask = new Float32Array(this.past + 1).fill(MASKED, 0, hidden);
    return this.graph.has(name) ? name : this.graph.floats(name, [1, mask.length], mask);
  }

  withEarlier(layer: number, key: string, value: string): [string, string] {
    return extendedCache(this.graph, layer, [this.past, this.time, this.widths[layer]], [key, value]);
  }
}

/** The size of a key/value cache. */
export interface CacheSize {
  /** Number of tokens that run first, together; the frequencies of rotary embeddings are those of a sequence of that length. */
  promptLength: number;
  /** Number of tokens that fit. */
  capacity: number;
  /** Width of the keys (and of the values) of each attention layer. */
  widths: readonly number[];
}

/** Names of the inputs and outputs of a graph with a cache. */
export const POSITIONS_INPUT = 'positions';
export const cacheNames = (layer: number) => ({
  pastKeys: `past keys ${layer}`,
  pastValues: `past values ${layer}`,
  newKeys: `new keys ${layer}`,
  newValues: `new values ${layer}`,
});

/** Positions that are a value of the graph, int64 [time], consecutive. */
abstract class VariablePositions implements Positions {
  readonly time = 'time';
  protected readonly graph: OnnxGraph;
  private readonly made = new Map<string, string>();

  constructor(graph: OnnxGraph) {
    this.graph = graph;
  }

  /** The value that holds the positions of the queries. */
  protected abstract positions(): string;
  /** Emits the positions of the keys, int64 [keys]. */
  protected abstract keys(): string;
  /** The number of positions that occur, and the length of the sequence that rotary frequencies are for. */
  protected abstract readonly rotaryLengths: readonly [positions: number, length: number];

  rows(table: string, offset: number): string {
    const { graph } = this;
    const rows =
      offset === 0 ? this.positions() : graph.node('Add', [this.positions(), graph.integers([offset])]);
    return graph.node('Gather', [table, rows]);
  }

  rotary(step: StepOf<'rotary'>): [string, string] {
    const [cos, sin] = rotaryTables(this.graph, step, ...this.rotaryLengths);
    return [this.shared(cos, () => this.rows(cos, 0)), this.shared(sin, () => this.rows(sin, 0))];
  }

  mask({ window }: AttentionShape): string {
    const { graph } = this;
    return this.shared(`mask ${window}`, () => {
      const queries = graph.node('Reshape', [this.positions(), graph.integers([-1, 1])]);
      const keys = this.keys();
      const masked = (hidden: string) => graph.node('Where', [hidden, graph.scalar(MASKED), graph.scalar(0)]);
      const later = masked(graph.node('Greater', [keys, queries]));
      if (window === undefined) return later;
      const first = graph.node('Sub', [queries, graph.integers([window - 1])]);
      return graph.node('Add', [later, masked(graph.node('Less', [keys, first]))]);
    });
  }

  abstract withEarlier(layer: number, key: string, value: string): [string, string];

  protected shared(key: string, emit: () => string): string {
    const value = this.made.get(key) ?? emit();
    this.made.set(key, value);
    return value;
  }
}

/** The positions of whole sequences of any length up to a maximum, computed from the shape of `input_ids`. */
export class SequencePositions extends VariablePositions {
  protected readonly rotaryLengths: readonly [number, number];

  /** @param maxTime the longest sequence */
  constructor(graph: OnnxGraph, maxTime: number) {
    super(graph);
    this.rotaryLengths = [maxTime, maxTime];
  }

  protected positions(): string {
    const { graph } = this;
    return this.shared('positions', () => {
      const at = (n: number) => graph.integers([n]);
      const time = graph.node('Slice', [graph.node('Shape', ['input_ids']), at(1), at(2), at(0)]);
      const ones = graph.node('Expand', [at(1), time]);
      // The sum of the ones before each.
      return graph.node('CumSum', [ones, graph.integerScalar(0)], { attributes: { exclusive: 1 } });
    });
  }

  protected keys(): string {
    return this.positions();
  }

  withEarlier(_: number, key: string, value: string): [string, string] {
    return [key, value];
  }
}

/**
 * Positions that are fed at each run, of tokens after those whose keys and values are fed, too. Inputs: `positions` int64 [time],
 * consecutive, and of each attention layer the past keys and values [batch, past, width]; outputs: the new ones [batch, time, width].
 */
export class CachedPositions extends VariablePositions {
  protected readonly rotaryLengths: readonly [number, number];
  private readonly size: CacheSize;

  constructor(graph: OnnxGraph, size: CacheSize) {
    super(graph);
    this.size = size;
    this.rotaryLengths = [size.capacity, size.promptLength];
    graph.input(POSITIONS_INPUT, 'int64', [this.time]);
  }

  protected positions(): string {
    return POSITIONS_INPUT;
  }

  protected keys(): string {
    const { graph } = this;
    const at = (n: number) => graph.integers([n]);
    const last = graph.node('ReduceMax', [POSITIONS_INPUT], { attributes: { keepdims: 1 } });
    const all = graph.integers(Array.from({ length: this.size.capacity }, (_, i) => i));
    return graph.node('Slice', [all, at(0), graph.node('Add', [last, at(1)]), at(0)]);
  }

  withEarlier(layer: number, key: string, value: string): [string, string] {
    const dims = ['past', this.time, this.size.widths[layer]] as const;
    return extendedCache(this.graph, layer, dims, [key, value]);
  }
}

/**
 * Emits the keys and values of a layer with the past ones before them, and declares both as input and output.
 * @param dims number of past and of new rows, and their width
 */
function extendedCache(
  graph: OnnxGraph,
  layer: number,
  [past, time, width]: readonly [Dimension, Dimension, number],
  [key, value]: readonly [string, string],
): [string, string] {
  const extended = (input: string, output: string, added: string) => {
    graph.input(input, 'float32', ['batch', past, width]);
    graph.nodeTo(output, 'Identity', [added]);
    graph.output(output, 'float32', ['batch', time, width]);
    return graph.node('Concat', [input, added], { attributes: { axis: 1 } });
  };
  const { pastKeys, pastValues, newKeys, newValues } = cacheNames(layer);
  return [extended(pastKeys, newKeys, key), extended(pastValues, newValues, value)];
}

/**
 * Constants cos and sin of position · frequency times the magnitude, [positions, 1, rotaryDim], the same in both columns of pair i.
 * @param length length of the sequence that the frequencies are for
 */
function rotaryTables(
  graph: OnnxGraph,
  step: StepOf<'rotary'>,
  positions: number,
  length = positions,
): [string, string] {
  const { headWidth, theta, scaling, rotaryDim = headWidth, interleaved = false } = step;
  const key = `${theta} ${rotaryDim} ${interleaved} ${positions}${scaling ? JSON.stringify(scaling) : ''}`;
  const names: [string, string] = [`cos ${key}`, `sin ${key}`];
  if (graph.has(names[0])) return names;
  const pair = (column: number) => (interleaved ? Math.floor(column / 2) : column % (rotaryDim / 2));
  const { frequencies, magnitude } = rotaryFrequencies(step, length);
  const angle = (i: number) => Math.floor(i / rotaryDim) * frequencies[pair(i % rotaryDim)];
  const table = (f: (x: number) => number) =>
    Float32Array.from({ length: positions * rotaryDim }, (_, i) => magnitude * f(angle(i)));
  graph.floats(names[0], [positions, 1, rotaryDim], table(Math.cos));
  graph.floats(names[1], [positions, 1, rotaryDim], table(Math.sin));
  return names;
}
