import { invariant } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Recorder } from '../gpu/recorder';
import type { Value } from '../models/architecture';
import type { ActivationView } from '../runtime/linear/linear';
import { valueView, type TapeEntry, type Version } from './tape';

/**
 * The gradients with respect to the activations while the backward pass is recorded. A version has a buffer from its last
 * reader back to the step that wrote it; then the buffer is reused.
 */
export class ActivationGradients {
  private readonly buffers = new Map<Version, GPUBuffer>();
  private readonly free = new Map<number, GPUBuffer[]>();
  private readonly recorder: Recorder;
  private readonly scope: BufferScope;
  private readonly rows: number;

  /** @param scope owns the buffers, whose sizes have been checked as those of activations */
  constructor(recorder: Recorder, scope: BufferScope, rows: number) {
    this.recorder = recorder;
    this.scope = scope;
    this.rows = rows;
  }

  /** Returns the gradient of a version, to be added to; it starts as zeros. */
  into(version: Version, value: Value): ActivationView {
    const known = this.buffers.get(version);
    if (known) return valueView({ ...version, buffer: known }, value);
    const bytes = 4 * this.rows * version.width;
    const buffer = this.free.get(bytes)?.pop() ?? this.scope.allocate(bytes, `d ${version.name}`);
    this.recorder.clear(buffer, bytes);
    this.buffers.set(version, buffer);
    return valueView({ ...version, buffer }, value);
  }

  /** Returns the gradient of a version for a kernel that overwrites it. */
  fresh(version: Version, value: Value): ActivationView {
    invariant(!this.buffers.has(version), `${version.name} is read again after it was gated`);
    return this.into(version, value);
  }

  /** The accumulated gradient of a version. */
  read(version: Version, value: Value): ActivationView {
    const buffer = this.buffers.get(version);
    invariant(buffer, `${version.name} has no gradient`);
    return valueView({ ...version, buffer }, value);
  }

  /** Passes the gradient of a version to the earlier one that a step changed in place. */
  move(from: Version, to: Version): void {
    const buffer = this.buffers.get(from);
    invariant(buffer && !this.buffers.has(to), `${from.name} was read before it was changed in place`);
    this.buffers.delete(from);
    this.buffers.set(to, buffer);
  }

  /** Whether the loss depends on anything the step wrote. */
  reaches({ after }: TapeEntry): boolean {
    return [...after.values()].some((version) => this.buffers.has(version));
  }

  /** Frees the gradients of everything the step wrote. */
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
