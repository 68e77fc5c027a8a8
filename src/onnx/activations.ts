import { invariant } from '../base/errors';
import type { Value } from '../models/architecture';
import type { OnnxGraph } from './graph';

/** Columns [column, column + width) of an activation, with the graph value of that width that holds them. */
interface Segment {
  column: number;
  width: number;
  name: string;
}

const COLUMN_AXIS = 2;

/**
 * The graph values that currently hold the columns of each activation. A program's activations are mutable and are read and
 * written by ranges of columns, while an ONNX value is assigned once. All values are [batch, time, width].
 */
export class OnnxActivations {
  private readonly graph: OnnxGraph;
  private readonly segments = new Map<string, Segment[]>();

  constructor(graph: OnnxGraph) {
    this.graph = graph;
  }

  /** Returns the graph value that holds exactly these columns. */
  read({ name, column = 0, width }: Value): string {
    const parts = (this.segments.get(name) ?? []).flatMap((s) => this.overlap(s, column, width));
    const covered = parts.reduce((sum, part) => sum + part.width, 0);
    invariant(covered === width, `columns ${column}…${column + width} of "${name}" are read before written`);
    if (parts.length === 1) return parts[0].name;
    return this.graph.node(
      'Concat',
      parts.map((part) => part.name),
      { attributes: { axis: COLUMN_AXIS } },
    );
  }

  /** Sets these columns to `graphValue`; the other columns of the activation are unchanged. */
  write({ name, column = 0, width }: Value, graphValue: string): void {
    const end = column + width;
    const kept = (this.segments.get(name) ?? []).flatMap((s) => [
      ...this.overlap(s, 0, column),
      ...this.overlap(s, end, Math.max(0, s.column + s.width - end)),
    ]);
    kept.push({ column, width, name: graphValue });
    this.segments.set(
      name,
      kept.sort((a, b) => a.column - b.column),
    );
  }

  /** Returns the part of a segment inside [column, column + width): nothing, the segment, or a slice of it. */
  private overlap(segment: Segment, column: number, width: number): Segment[] {
    const first = Math.max(segment.column, column);
    const end = Math.min(segment.column + segment.width, column + width);
    if (end <= first) return [];
    if (end - first === segment.width) return [segment];
    const from = first - segment.column;
    return [{ column: first, width: end - first, name: this.slice(segment.name, from, from + end - first) }];
  }

  private slice(name: string, start: number, end: number): string {
    const { graph } = this;
    const at = (n: number) => graph.integers([n]);
    return graph.node('Slice', [name, at(start), at(end), at(COLUMN_AXIS)]);
  }
}
