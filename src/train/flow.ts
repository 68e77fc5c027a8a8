import { invariant } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Recorder } from '../gpu/recorder';
import type { Value } from '../models/architecture';
import type { ActivationView } from '../runtime/linear/linear';
import { viewOf, type TapeEntry, type Version } from './tape';

/**
 * Gradients by the activations while the backward pass is recorded: one buffer per version from its last reader to the
 * step that wrote it, then used again by another one.
 */
export class Flow {
  private readonly buffers = new Map<Version, GPUBuffer>();
  private readonly free = new Map<number, GPUBuffer[]>();
  private readonly recorder: Recorder;
  private readonly scope: BufferScope;
  private readonly rows: number;

  /** @param scope owns the buffers; their sizes were checked as activations */
  constructor(recorder: Recorder, scope: BufferScope, rows: number) {
    this.recorder = recorder;
    this.scope = scope;
    this.rows = rows;
  }

  /** Where the gradient of a version is summed; zeros at first. */
  into(version: Version, value: Value): ActivationView {
    const known = this.buffers.get(version);
    if (known) return viewOf({ ...version, buffer: known }, value);
    const bytes = 4 * this.rows * version.width;
    const buffer = this.free.get(bytes)?.pop() ?? this.scope.allocate(bytes, `d ${version.name}`);
    this.recorder.clear(buffer, bytes);
    this.buffers.set(version, buffer);
    return viewOf({ ...version, buffer }, value);
  }

  /** The same before anything was added. */
  fresh(version: Version, value: Value): ActivationView {
    invariant(!this.buffers.has(version), `${version.name} is read again after it was gated`);
    return this.into(version, value);
  }

  /** What has come together for a version. */
  of(version: Version, value: Value): ActivationView {
    const buffer = this.buffers.get(version);
    invariant(buffer, `${version.name} has no gradient`);
    return viewOf({ ...version, buffer }, value);
  }

  /** Hands the gradient of one version to an earlier one, which a step changed in place. */
  move(from: Version, to: Version): void {
    const buffer = this.buffers.get(from);
    invariant(buffer && !this.buffers.has(to), `${from.name} was read before it was changed in place`);
    this.buffers.delete(from);
    this.buffers.set(to, buffer);
  }

  /** Whether anything the step wrote matters for the loss. */
  reaches({ after }: TapeEntry): boolean {
    return [...after.values()].some((version) => this.buffers.has(version));
  }

  /** The step that wrote these is done: their buffers are free. */
  finish({ after }: TapeEntry): void {
    for (const version of after.values()) {
      const buffer = this.buffers.get(version);
      if (!buffer) continue;
      this.buffers.delete(version);
      const bytes = 4 * this.rows * version.width;
      this.free.set(bytes, [...(this.free.get(bytes) ?? []), buffer]);
    }
  }
}
