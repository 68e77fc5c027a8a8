import type { Gpu } from '../gpu/gpu';
import type { Command } from '../gpu/recorder';
import type { Candidate, TimerKind } from './types';

const NANOSECONDS = 1e-9;

/**
 * Returns a timer of recorded commands. `timestamp`: one compute pass holds all repeats between two timestamp queries, so
 * that the 100 µs steps of rounded timestamps are divided by the repeats. `wall-clock`: the time from submission until the
 * queue is empty; with zero repeats it is the cost of synchronisation.
 */
export function recordedTimer(gpu: Gpu, commands: readonly Command[], wanted: TimerKind): RecordedTimer {
  const dispatchesOnly = commands.every((command) => command.kind === 'dispatch');
  if (wanted === 'timestamp' && gpu.features.timestamps && dispatchesOnly)
    return new TimestampTimer(gpu, commands);
  return new WallTimer(gpu, commands);
}

export interface RecordedTimer extends Pick<Candidate, 'timer' | 'elapsed'> {
  dispose(): void;
}

class WallTimer implements RecordedTimer {
  readonly timer = 'wall-clock';
  private readonly gpu: Gpu;
  private readonly commands: readonly Command[];

  constructor(gpu: Gpu, commands: readonly Command[]) {
    this.gpu = gpu;
    this.commands = commands;
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    const all = Array.from({ length: repeats }, () => this.commands).flat();
    const { stream } = this.gpu;
    await stream.idle(signal);
    const start = performance.now();
    await stream.run(all, signal);
    await stream.idle(signal);
    return (performance.now() - start) / 1000;
  }

  dispose(): void {}
}

class TimestampTimer implements RecordedTimer {
  readonly timer = 'timestamp';
  private readonly gpu: Gpu;
  private readonly commands: readonly Command[];
  private readonly querySet: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly result: GPUBuffer;

  constructor(gpu: Gpu, commands: readonly Command[]) {
    this.gpu = gpu;
    this.commands = commands;
    this.querySet = gpu.device.createQuerySet({ type: 'timestamp', count: 2 });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.resolved = gpu.device.createBuffer({ size: 16, usage, label: 'timestamps' });
    this.result = gpu.buffers.allocate(16, 'timestamps');
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    const { gpu, querySet, resolved, result } = this;
    const encoder = gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    for (let i = 0; i < repeats; i++) for (const command of this.commands) encode(pass, command);
    pass.end();
    encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, result, 0, 16);
    gpu.device.queue.submit([encoder.finish()]);
    const [begin, end] = new BigUint64Array(await gpu.stream.read(result));
    await gpu.stream.idle(signal);
    return Number(end - begin) * NANOSECONDS;
  }

  dispose(): void {
    this.querySet.destroy();
    this.resolved.destroy();
    this.gpu.buffers.release(this.result);
  }
}

function encode(pass: GPUComputePassEncoder, command: Command): void {
  if (command.kind !== 'dispatch') return;
  pass.setPipeline(command.pipeline);
  pass.setBindGroup(0, command.bindGroup);
  pass.dispatchWorkgroups(...command.workgroups);
}
