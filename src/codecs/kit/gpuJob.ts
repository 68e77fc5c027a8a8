import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { KernelSource } from '../../gpu/kernels';
import type { Command, DispatchArguments, Recorder } from '../../gpu/recorder';
import type { CodecContext } from '../contract/codec';

/** GPU work of one codec call, whose buffers and commands are freed when the job ends or fails. */
export interface GpuJob {
  gpu: Gpu;
  /** Allocates and uploads buffers that are freed with the job. */
  scope: BufferScope;
  recorder: Recorder;
  /** Records a dispatch of a kernel, named by its module (path below shaders/ without extension) or in full. */
  dispatch: (kernel: string | KernelSource, args: DispatchArguments) => Promise<void>;
  /** Submits the recorded commands, or those given. @throws Cancelled, LabError */
  run: (commands?: readonly Command[]) => Promise<void>;
  /** Copies the first `bytes` of a buffer to the host, after `run`. */
  read: (buffer: GPUBuffer, bytes?: number) => Promise<Uint8Array>;
  /** Copies the first `count` float32 of a buffer to the host, after `run`. */
  readFloats: (buffer: GPUBuffer, count?: number) => Promise<Float32Array<ArrayBuffer>>;
  /** Copies the first `count` words of a buffer to the host, after `run`. */
  readWords: (buffer: GPUBuffer, count?: number) => Promise<Uint32Array<ArrayBuffer>>;
}

/**
 * Runs `work` and frees everything allocated through the job's scope, also when it throws or is stopped.
 * Buffers may be freed as soon as `work` returns: WebGPU keeps them until submitted commands have run.
 */
export async function gpuJob<T>(
  { gpu, signal }: Pick<CodecContext, 'gpu' | 'signal'>,
  work: (job: GpuJob) => Promise<T>,
): Promise<T> {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const readBytes = (buffer: GPUBuffer, bytes = buffer.size) => gpu.stream.read(buffer, bytes);
  try {
    return await work({
      gpu,
      scope,
      recorder,
      dispatch: (kernel, args) => recorder.dispatch(kernel, args),
      run: (commands = recorder.commands) => gpu.stream.run(commands, signal),
      read: async (buffer, bytes) => new Uint8Array(await readBytes(buffer, bytes)),
      readFloats: async (buffer, count) => new Float32Array(await readBytes(buffer, count && 4 * count)),
      readWords: async (buffer, count) => new Uint32Array(await readBytes(buffer, count && 4 * count)),
    });
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}

/** Returns the commands that `record` records, taken out of the job's recording so that they can be repeated. */
export async function recordApart(
  { recorder: { commands } }: GpuJob,
  record: () => Promise<void>,
): Promise<Command[]> {
  const before = commands.length;
  await record();
  return commands.splice(before);
}
