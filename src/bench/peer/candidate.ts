import { throwIfAborted } from '../../base/errors';
import { unlessAborted } from '../abort';
import { OnnxGraph } from '../../onnx/graph';
import type { Candidate, Verdict } from '../types';
import type { InferenceSession, Tensor } from '../../onnx/runtime';
import type { PeerRuntime } from './runtime';

export interface PeerInput {
  name: string;
  dims: readonly number[];
  values: Float32Array | BigInt64Array;
}

export interface PeerGraph {
  bytes: Uint8Array;
  inputs: readonly PeerInput[];
  /** The output that is checked, and from which a probe reads one number to wait for the run. */
  output: { name: string; dims: readonly number[] };
  /** Number of times that one run performs the operation. */
  operations: number;
  verify(result: Float32Array, signal?: AbortSignal): Verdict | Promise<Verdict>;
}

/**
 * Returns the peer's side of a case. Inputs are created once on its device; outputs stay there (`gpu-buffer`) and are
 * released after each run. A run only submits. To wait for it, another graph slices one number off the last output and reads
 * it back. With zero repeats this probe alone measures the synchronisation cost, which is subtracted.
 */
export async function peerCandidate(runtime: PeerRuntime, graph: PeerGraph): Promise<Candidate> {
  const candidate = new PeerCandidate(runtime, graph);
  try {
    await candidate.open();
    return candidate;
  } catch (error) {
    await candidate.dispose();
    throw error;
  }
}

class PeerCandidate implements Candidate {
  readonly name: string;
  readonly timer = 'wall-clock';
  readonly operationsPerRepeat: number;
  private readonly runtime: PeerRuntime;
  private readonly graph: PeerGraph;
  private readonly sessions: InferenceSession[] = [];
  private readonly feeds: Record<string, Tensor> = {};
  private main: InferenceSession | undefined;
  private probe: InferenceSession | undefined;
  /** Outputs of the last run, released after the next one. */
  private last: Tensor[] = [];
  /** The call in progress, for which `dispose` waits. */
  private pending: Promise<unknown> = Promise.resolve();

  constructor(runtime: PeerRuntime, graph: PeerGraph) {
    this.name = runtime.name;
    this.runtime = runtime;
    this.graph = graph;
    this.operationsPerRepeat = graph.operations;
  }

  async open(): Promise<void> {
    const { inputs, output, bytes } = this.graph;
    for (const input of inputs) this.feeds[input.name] = await this.onDevice(input);
    this.main = await this.session(bytes, 'gpu-buffer');
    this.probe = await this.session(probeGraph(output.dims), 'cpu');
    await this.runMain();
  }

  async verify(signal?: AbortSignal): Promise<Verdict> {
    const y = await this.guarded(this.result(), signal);
    return this.graph.verify(y, signal);
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    throwIfAborted(signal);
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await this.guarded(this.runMain(), signal);
    await this.guarded(this.probe!.run({ x: this.output() }), signal);
    return (performance.now() - start) / 1000;
  }

  async dispose(): Promise<void> {
    await this.pending;
    for (const tensor of [...this.last, ...Object.values(this.feeds)]) tensor.dispose();
    for (const session of this.sessions) await session.release();
    this.sessions.length = 0;
    this.last = [];
  }

  private guarded<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
    this.pending = work.catch(() => undefined);
    return unlessAborted(work, signal);
  }

  /** Runs once and reads back the whole output. */
  private async result(): Promise<Float32Array> {
    await this.runMain();
    const reader = await this.session(identityGraph(this.graph.output.dims), 'cpu');
    const { y } = await reader.run({ x: this.output() });
    return y.data as Float32Array;
  }

  private output(): Tensor {
    const { name } = this.graph.output;
    return this.last[this.main!.outputNames.indexOf(name)];
  }

  private async runMain(): Promise<void> {
    const outputs = await this.main!.run(this.feeds);
    for (const tensor of this.last) tensor.dispose();
    this.last = this.main!.outputNames.map((name) => outputs[name]);
  }

  private async session(bytes: Uint8Array, location: 'cpu' | 'gpu-buffer'): Promise<InferenceSession> {
    const options = { ...this.runtime.webgpu, preferredOutputLocation: location };
    const session = await this.runtime.api.InferenceSession.create(bytes, options);
    this.sessions.push(session);
    return session;
  }

  /** Creates an input on the device. Token ids stay on the host, where ONNX Runtime keeps int64 inputs. */
  private async onDevice({ values, dims }: PeerInput): Promise<Tensor> {
    const { Tensor: Make } = this.runtime.api;
    if (values instanceof BigInt64Array) return new Make('int64', values, dims);
    const producer = await this.session(constantGraph(values, dims), 'gpu-buffer');
    const one = new Make('float32', Float32Array.of(1), [1]);
    return (await producer.run({ one })).x;
  }
}

/**
 * Returns a graph of x = constant · one. The factor is an input, so that the runtime cannot fold the product and computes it
 * there.
 */
function constantGraph(values: Float32Array, dims: readonly number[]): Uint8Array {
  const graph = new OnnxGraph('constant');
  graph.nodeTo('x', 'Mul', [graph.floats('values', dims, values), graph.input('one', 'float32', [1])]);
  graph.output('x', 'float32', dims);
  return graph.encode();
}

function identityGraph(dims: readonly number[]): Uint8Array {
  return unary(dims, dims, (graph, x) => graph.nodeTo('y', 'Identity', [x]));
}

/** Returns a graph for the first number of x. */
function probeGraph(dims: readonly number[]): Uint8Array {
  const ones = dims.map(() => 1);
  return unary(dims, ones, (graph, x) => {
    const starts = graph.integers(dims.map(() => 0));
    graph.nodeTo('y', 'Slice', [x, starts, graph.integers(ones)]);
  });
}

function unary(
  dims: readonly number[],
  outDims: readonly number[],
  add: (graph: OnnxGraph, x: string) => void,
): Uint8Array {
  const graph = new OnnxGraph('unary');
  add(graph, graph.input('x', 'float32', dims));
  graph.output('y', 'float32', outDims);
  return graph.encode();
}
