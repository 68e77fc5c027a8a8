import { LabError, throwIfAborted } from '../base/errors';
import type { BufferPool } from './buffers';
import { completed, type CompletionKind } from './completion';
import type { ClearCommand, Command, CopyCommand } from './recorder';

/** Estimated time of one submit, short enough that work can be aborted in between and that no watchdog resets the device. */
const SUBMIT_MS = 100;
const MAX_COMMANDS_PER_SUBMIT = 512;
const MAX_IN_FLIGHT = 2;
/** Initial estimate of the device's speed in floating-point operations per second, until it is measured. */
const INITIAL_RATE = 1e9;

/** The copy of a buffer to the host. */
interface ReadBack {
  source: GPUBuffer;
  staging: GPUBuffer;
  size: number;
}

/**
 * Runs recorded commands in submits of about 100 ms. It estimates the device's speed from the submits, and keeps two in
 * flight so that the GPU never waits for JavaScript.
 */
export class CommandStream {
  private readonly device: GPUDevice;
  private readonly pool: BufferPool;
  private readonly completion: CompletionKind;
  private failure: LabError | undefined;
  private inFlight: Promise<void>[] = [];
  private lastDone = 0;
  /** Estimated floating-point operations per second of this device. */
  rate = INITIAL_RATE;
  /** The work submitted so far, for comparison with estimates. */
  readonly work = { operations: 0, dispatches: 0, submits: 0, reads: 0 };

  constructor(device: GPUDevice, pool: BufferPool, completion: CompletionKind = 'event') {
    this.device = device;
    this.pool = pool;
    this.completion = completion;
    device.addEventListener('uncapturederror', (event) => this.fail(uncaptured(event.error)));
    void device.lost.then((info) => {
      if (info.reason !== 'destroyed') this.fail(lost(info.message));
    });
  }

  /**
   * Encodes and submits `commands`; resolves when all are submitted, not when they are done.
   * @throws Cancelled between submits; LabError on allocation failure, validation error or a lost device
   */
  run(commands: readonly Command[], signal?: AbortSignal): Promise<void> {
    return this.submitAll(commands, undefined, signal);
  }

  /** Waits until all submitted work is done. */
  async idle(signal?: AbortSignal): Promise<void> {
    while (this.inFlight.length > 0) await this.inFlight[0];
    await this.workDone();
    this.check(signal);
  }

  /** Reads `bytes` of `source` back to the host after all work submitted before. */
  read(source: GPUBuffer, bytes = source.size): Promise<ArrayBuffer> {
    return this.runAndRead([], source, { bytes });
  }

  /**
   * Runs `commands`, then reads `source` back to the host. The copy to the host is part of their last submit.
   * @throws Cancelled between submits; LabError on allocation failure, validation error or a lost device
   */
  async runAndRead(
    commands: readonly Command[],
    source: GPUBuffer,
    { bytes = source.size, signal }: { bytes?: number; signal?: AbortSignal } = {},
  ): Promise<ArrayBuffer> {
    this.work.reads++;
    const size = Math.ceil(bytes / 4) * 4;
    const staging = this.pool.allocate(size, 'read-back', 'readback');
    try {
      await this.submitAll(commands, { source, staging, size }, signal);
      const mapped = staging.mapAsync(GPUMapMode.READ, 0, size);
      await completed(this.device, this.completion, mapped).catch((error: unknown) => {
        throw this.failure ?? lost(String(error));
      });
      this.check();
      return staging.getMappedRange(0, size).slice(0, bytes);
    } finally {
      this.pool.release(staging);
    }
  }

  private async submitAll(
    commands: readonly Command[],
    readBack: ReadBack | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await this.pool.settled();
    this.check(signal);
    if (commands.length === 0 && readBack) this.submit([], readBack);
    for (let first = 0; first < commands.length;) {
      this.check(signal);
      const end = this.batchEnd(commands, first);
      this.submit(commands.slice(first, end), end === commands.length ? readBack : undefined);
      first = end;
      while (this.inFlight.length >= MAX_IN_FLIGHT) await this.inFlight[0];
    }
    this.check(signal);
  }

  private workDone(): Promise<void> {
    return completed(this.device, this.completion, this.device.queue.onSubmittedWorkDone()).then(
      () => undefined,
    );
  }

  private check(signal?: AbortSignal): void {
    if (this.failure) throw this.failure;
    throwIfAborted(signal);
  }

  private fail(error: LabError): void {
    this.failure ??= error;
  }

  private batchEnd(commands: readonly Command[], first: number): number {
    const budget = (this.rate * SUBMIT_MS) / 1000;
    let end = first + 1;
    let cost = commands[first].cost;
    while (end < commands.length && end - first < MAX_COMMANDS_PER_SUBMIT) {
      cost += commands[end].cost;
      if (cost > budget) break;
      end++;
    }
    return end;
  }

  private submit(commands: readonly Command[], readBack?: ReadBack): void {
    const encoder = this.device.createCommandEncoder();
    encodeCommands(encoder, commands);
    if (readBack) encoder.copyBufferToBuffer(readBack.source, 0, readBack.staging, 0, readBack.size);
    const submitted = performance.now();
    this.work.submits++;
    this.device.queue.submit([encoder.finish()]);
    const cost = commands.reduce((sum, c) => sum + c.cost, 0);
    this.work.operations += cost;
    this.work.dispatches += commands.length;
    const done: Promise<void> = this.workDone().then(
      () => this.finished(done, cost, submitted),
      () => this.finished(done, 0, submitted),
    );
    this.inFlight.push(done);
  }

  /** Updates the rate. A submit that waited for another one has been running only since that one ended. */
  private finished(done: Promise<void>, cost: number, submitted: number): void {
    this.inFlight = this.inFlight.filter((p) => p !== done);
    const now = performance.now();
    const seconds = (now - Math.max(submitted, this.lastDone)) / 1000;
    this.lastDone = now;
    if (cost < 1e6 || seconds <= 0) return;
    const measured = cost / seconds;
    this.rate = Math.max(1e8, Math.min(1e14, 0.7 * this.rate + 0.3 * Math.min(measured, 4 * this.rate)));
  }
}

/** Encodes commands, with consecutive dispatches in one compute pass. */
function encodeCommands(encoder: GPUCommandEncoder, commands: readonly Command[]): void {
  let pass: GPUComputePassEncoder | undefined;
  for (const command of commands) {
    if (command.kind !== 'dispatch') {
      pass?.end();
      pass = undefined;
      encodeTransfer(encoder, command);
      continue;
    }
    pass ??= encoder.beginComputePass();
    pass.setPipeline(command.pipeline);
    pass.setBindGroup(0, command.bindGroup);
    pass.dispatchWorkgroups(...command.workgroups);
  }
  pass?.end();
}

function encodeTransfer(encoder: GPUCommandEncoder, command: CopyCommand | ClearCommand): void {
  if (command.kind === 'clear') {
    encoder.clearBuffer(command.buffer, 0, command.bytes);
    return;
  }
  const { source, sourceOffset, target, targetOffset, bytes } = command;
  encoder.copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
}

function uncaptured(error: GPUError): LabError {
  return new LabError(
    'gpu',
    `The GPU refused a command: ${error.message}`,
    'Please report this with the device line.',
    error,
  );
}

function lost(message: string): LabError {
  return new LabError(
    'device-lost',
    `The GPU stopped answering (${message || 'no reason given'}).`,
    'Finished records are kept; run the same plan again to resume, or choose a smaller model.',
  );
}
