import type { BufferScope } from '../../gpu/buffers';
import type { Recorder } from '../../gpu/recorder';
import type { CodecContext } from '../contract/codec';

/** GPU work of one codec call: its buffers and commands live until the job ends, however it ends. */
export interface GpuJob {
  scope: BufferScope;
  recorder: Recorder;
  /** Submits what was recorded. @throws Cancelled, LabError */
  run: () => Promise<void>;
  /** Copies `bytes` of a buffer to the host, after `run`. */
  read: (buffer: GPUBuffer, bytes: number) => Promise<Uint8Array>;
}

/**
 * Runs `work` and frees everything it allocated through the job's scope, also when it throws or is stopped.
 * Buffers may be freed as soon as `work` returns: WebGPU keeps them until submitted commands have run.
 */
export async function gpuJob<T>(context: CodecContext, work: (job: GpuJob) => Promise<T>): Promise<T> {
  const { gpu, signal } = context;
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  try {
    return await work({
      scope,
      recorder,
      run: () => gpu.stream.run(recorder.commands, signal),
      read: async (buffer, bytes) => new Uint8Array(await gpu.stream.read(buffer, bytes)),
    });
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}
