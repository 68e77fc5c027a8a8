import { invariant } from '../base/errors';
import type { BufferPool } from './buffers';
import type { Kernel, Kernels, KernelSource } from './kernels';

/** A piece of GPU work that can be encoded any number of times. */
export type Command = DispatchCommand | CopyCommand | ClearCommand;

interface DispatchCommand {
  kind: 'dispatch';
  label: string;
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  workgroups: readonly [number, number, number];
  /** Estimated floating-point operations, which limit the work of a submit. */
  cost: number;
}

export interface CopyCommand {
  kind: 'copy';
  label: string;
  source: GPUBuffer;
  sourceOffset: number;
  target: GPUBuffer;
  targetOffset: number;
  bytes: number;
  cost: number;
}

/** Fills the first `bytes` of a buffer with zeros. */
export interface ClearCommand {
  kind: 'clear';
  label: string;
  buffer: GPUBuffer;
  /** Number of bytes, a multiple of 4. */
  bytes: number;
  cost: number;
}

/** A buffer, or a range of its bytes with an offset that is a multiple of 256. */
export type BindingValue = GPUBuffer | { buffer: GPUBuffer; offset: number; size: number };

export type DispatchArguments = {
  /** Fields of the kernel's `Params` struct, by name. */
  params?: Record<string, number>;
  /** Storage and further uniform bindings, by name. */
  bindings: Record<string, BindingValue>;
  /** Estimated floating-point operations. */
  cost: number;
} & DispatchSize;

/**
 * The size of a dispatch: a number of workgroups along x, or [x, y, z], or the number of threads along x. A single number of
 * more than 65,535 workgroups is folded to two dimensions, in which kernels use `common/grid.wgsl::linearWorkgroup`.
 */
export type DispatchSize =
  | { workgroups: number | readonly [number, number, number]; threads?: undefined }
  | { threads: number; workgroups?: undefined };

const MAX_WORKGROUPS = 65_535;
const SLOT_BYTES = 256;
const SLOTS_PER_ARENA = 256;

/**
 * Records dispatches as data. The forward pass of a model is recorded once per shape and replayed for every window, so that
 * bind groups and uniforms are built once. The recorder owns its uniform buffers and scratch buffers.
 */
export class Recorder {
  readonly commands: Command[] = [];
  private readonly device: GPUDevice;
  private readonly pool: BufferPool;
  private readonly kernels: Kernels;
  private readonly arenas: GPUBuffer[] = [];
  private readonly scratches = new Map<string, GPUBuffer[]>();
  private slot = SLOTS_PER_ARENA;

  constructor(device: GPUDevice, pool: BufferPool, kernels: Kernels) {
    this.device = device;
    this.pool = pool;
    this.kernels = kernels;
  }

  /** Records a dispatch of a kernel, immediately if it is compiled, otherwise after compilation. A string names its module. */
  dispatch(kernel: Kernel, args: DispatchArguments): void;
  dispatch(kernel: string | KernelSource, args: DispatchArguments): Promise<void>;
  dispatch(kernel: string | KernelSource | Kernel, args: DispatchArguments): void | Promise<void> {
    if (typeof kernel === 'string') return this.dispatch({ module: kernel }, args);
    if ('pipeline' in kernel) return this.record(kernel, args);
    return this.kernels.get(kernel).then((compiled) => this.record(compiled, args));
  }

  copy(command: Omit<CopyCommand, 'kind' | 'cost'>): void {
    this.commands.push({ kind: 'copy', cost: command.bytes / 4, ...command });
  }

  /** Records the clearing of the first `bytes` of a buffer. */
  clear(buffer: GPUBuffer, bytes = buffer.size): void {
    this.commands.push({ kind: 'clear', label: `clear ${buffer.label}`, buffer, bytes, cost: bytes / 4 });
  }

  /**
   * Returns a buffer of at least `bytes` for values between two dispatches, which lives as long as the recording. Calls with
   * the same label share it, so commands recorded after the next call may overwrite it.
   */
  scratch(bytes: number, label: string): GPUBuffer {
    const known = this.scratches.get(label) ?? [];
    const found = known.find(({ size }) => size >= bytes);
    if (found) return found;
    const buffer = this.pool.allocate(bytes, label);
    this.scratches.set(label, [...known, buffer]);
    return buffer;
  }

  dispose(): void {
    for (const arena of this.arenas) this.pool.release(arena);
    for (const buffer of [...this.scratches.values()].flat()) this.pool.release(buffer);
    this.scratches.clear();
    this.arenas.length = 0;
    this.commands.length = 0;
  }

  private record(kernel: Kernel, args: DispatchArguments): void {
    const entries = this.bindEntries(kernel, args);
    this.commands.push({
      kind: 'dispatch',
      label: kernel.label,
      pipeline: kernel.pipeline,
      bindGroup: this.device.createBindGroup({ label: kernel.label, layout: kernel.layout, entries }),
      workgroups: foldWorkgroups(args.workgroups ?? workgroupsFor(kernel, args.threads)),
      cost: args.cost,
    });
  }

  private bindEntries(kernel: Kernel, args: DispatchArguments): GPUBindGroupEntry[] {
    const given: Record<string, BindingValue> = { ...args.bindings };
    if (kernel.params.length > 0) given.params = this.writeParams(kernel, args.params ?? {});
    for (const name of Object.keys(given))
      invariant(kernel.bindings.has(name), `${kernel.label} has no binding "${name}"`);
    return [...kernel.bindings].map(([name, index]) => {
      const value = given[name];
      invariant(value, `${kernel.label} misses its binding "${name}"`);
      return { binding: index, resource: 'buffer' in value ? value : { buffer: value } };
    });
  }

  private writeParams(kernel: Kernel, values: Record<string, number>): BindingValue {
    const bytes = packParams(kernel, values);
    if (this.slot === SLOTS_PER_ARENA) {
      this.arenas.push(this.pool.allocate(SLOT_BYTES * SLOTS_PER_ARENA, 'params', 'uniform'));
      this.slot = 0;
    }
    const buffer = this.arenas[this.arenas.length - 1];
    const offset = this.slot++ * SLOT_BYTES;
    this.device.queue.writeBuffer(buffer, offset, bytes);
    return { buffer, offset, size: SLOT_BYTES };
  }
}

function packParams(kernel: Kernel, values: Record<string, number>): ArrayBuffer {
  const end = Math.max(...kernel.params.map(({ offset }) => offset + 4));
  const bytes = new ArrayBuffer(Math.ceil(end / 16) * 16);
  const view = new DataView(bytes);
  for (const name of Object.keys(values))
    invariant(
      kernel.params.some((p) => p.name === name),
      `${kernel.label} has no parameter "${name}"`,
    );
  for (const { name, type, offset } of kernel.params) {
    const value = values[name];
    invariant(value !== undefined, `${kernel.label} misses its parameter "${name}"`);
    if (type === 'f32') view.setFloat32(offset, value, true);
    else if (type === 'u32') view.setUint32(offset, value, true);
    else view.setInt32(offset, value, true);
  }
  return bytes;
}

function workgroupsFor({ label, workgroupThreads }: Kernel, threads: number): number {
  invariant(workgroupThreads, `${label} does not say how many threads a workgroup has`);
  return Math.ceil(threads / workgroupThreads);
}

/** Folds a one-dimensional grid over the limit of 65,535 into x × y; the kernel ignores the surplus. */
function foldWorkgroups(
  workgroups: number | readonly [number, number, number],
): readonly [number, number, number] {
  if (typeof workgroups !== 'number') {
    invariant(
      workgroups.every((n) => n > 0 && n <= MAX_WORKGROUPS),
      `a grid of ${workgroups.join('×')} workgroups`,
    );
    return workgroups;
  }
  invariant(workgroups > 0, 'an empty dispatch');
  if (workgroups <= MAX_WORKGROUPS) return [workgroups, 1, 1];
  const y = Math.ceil(workgroups / MAX_WORKGROUPS);
  return [Math.ceil(workgroups / y), y, 1];
}
