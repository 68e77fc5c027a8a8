import { invariant, LabError } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { Program, Step, Value } from '../models/architecture';
import { stepValues, valueWidths } from '../models/program';
import type { ActivationViews } from '../runtime/forward/activations';
import { checkActivation } from '../runtime/linear/dense/dense';
import type { ActivationView } from '../runtime/linear/linear';

/** A state of a named activation, as a step wrote it. */
export interface Version {
  name: string;
  /** Number of columns of the whole activation. */
  width: number;
  buffer: GPUBuffer;
  /** Whether the backward pass reads it, so that nothing may overwrite its buffer. */
  kept: boolean;
}

/** A recorded step with the versions it read and wrote, by name. */
export interface TapeEntry {
  step: Step;
  before: ReadonlyMap<string, Version>;
  after: ReadonlyMap<string, Version>;
}

export interface TapeOptions {
  gpu: Gpu;
  recorder: Recorder;
  scope: BufferScope;
  program: Program;
  /** Number of rows of every activation. */
  rows: number;
}

/**
 * The activations of a forward pass that is followed by a backward pass. A program writes to the same names repeatedly, and
 * changes some in place. Here every write makes a version, and a version that the backward pass needs keeps its buffer: the
 * next write goes to another buffer, and a change in place to a copy.
 */
export class Tape implements ActivationViews {
  readonly entries: TapeEntry[] = [];
  private readonly o: TapeOptions;
  private readonly widths: ReadonlyMap<string, number>;
  private readonly current = new Map<string, Version>();

  constructor(options: TapeOptions) {
    this.o = options;
    this.widths = valueWidths(options.program);
  }

  /**
   * Allocates the versions that `step` writes; the step must be recorded next.
   * @param keeps the values it reads that the backward pass needs
   * @throws LabError limit when an activation exceeds one binding; unsupported for a step that fills a part of a value
   */
  advance(step: Step, keeps: readonly Value[]): void {
    const { reads, writes } = stepValues(step);
    const before = new Map(reads.map(({ name }) => [name, this.version(name)]));
    for (const { name } of keeps) this.version(name).kept = true;
    const after = new Map(writes.map((value) => [value.name, this.next(step, value, before)]));
    for (const version of after.values()) this.current.set(version.name, version);
    this.entries.push({ step, before, after });
  }

  view(value: Value): ActivationView {
    return valueView(this.version(value.name), value);
  }

  /** Returns the newest version of a value. */
  version(name: string): Version {
    const found = this.current.get(name);
    invariant(found, `nothing has written the activation "${name}" yet`);
    return found;
  }

  private next(step: Step, value: Value, before: ReadonlyMap<string, Version>): Version {
    const { name } = value;
    const width = this.widths.get(name)!;
    const old = this.current.get(name);
    if (before.has(name)) return this.changed(this.version(name));
    if (value.width !== width) throw partial(step, name);
    const buffer = old && !old.kept ? old.buffer : this.allocate(name, width);
    return { name, width, buffer, kept: false };
  }

  /** Returns the version after a change in place, in the same buffer, or in a copy if the old version is kept. */
  private changed(old: Version): Version {
    if (!old.kept) return { ...old };
    const buffer = this.allocate(old.name, old.width);
    this.o.recorder.copy({
      ...{ label: `keep ${old.name}`, source: old.buffer, sourceOffset: 0, target: buffer, targetOffset: 0 },
      bytes: buffer.size,
    });
    return { ...old, buffer, kept: false };
  }

  private allocate(name: string, width: number): GPUBuffer {
    const bytes = 4 * this.o.rows * width;
    checkActivation(this.o.gpu, name, bytes);
    return this.o.scope.allocate(bytes, name);
  }
}

/** Returns the columns of `value` in a buffer laid out as its version. */
export function valueView(
  { width: stride, buffer }: { width: number; buffer: GPUBuffer },
  { column = 0, width }: Value,
): ActivationView {
  return { buffer, stride, column, width };
}

function partial({ op }: Step, name: string): LabError {
  return new LabError(
    'unsupported',
    `The operation ${op} writes part of the activation ${name}; training needs operations that write whole activations.`,
    'Train a model whose operations write whole activations.',
  );
}
