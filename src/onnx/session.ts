import { LabError } from '../base/errors';
import type { InferenceSession, OnnxRuntime, Tensor } from './runtime';

/** Tensors by the name of the graph's input or output. */
export type Tensors = Record<string, Tensor>;

/** A graph that we wrote, loaded by ONNX Runtime. */
export class GraphSession<Graph extends { bytes: Uint8Array }> {
  readonly graph: Graph;
  private readonly runtime: OnnxRuntime;
  private readonly session: InferenceSession;

  private constructor(runtime: OnnxRuntime, graph: Graph, session: InferenceSession) {
    this.runtime = runtime;
    this.graph = graph;
    this.session = session;
  }

  /** Loads a graph. Free it with `release`. @throws LabError unsupported with what the runtime says */
  static async open<Graph extends { bytes: Uint8Array }>(
    runtime: OnnxRuntime,
    graph: Graph,
  ): Promise<GraphSession<Graph>> {
    const created = runtime.api.InferenceSession.create(graph.bytes, runtime.session);
    return new GraphSession(runtime, graph, await attempt(runtime, created));
  }

  /** Runs the graph once. @throws LabError unsupported with what the runtime says */
  run(feeds: Tensors): Promise<Tensors> {
    return attempt(this.runtime, this.session.run(feeds) as Promise<Tensors>);
  }

  /** Frees the session. A failure is ignored, since the session is not used again. */
  async release(): Promise<void> {
    await this.session.release().catch(() => undefined);
  }
}

/** Makes a tensor that shares the memory of its values. */
export function floatTensor({ api }: OnnxRuntime, values: Float32Array, dims: readonly number[]): Tensor {
  return new api.Tensor('float32', values, dims);
}

/** Makes an int64 tensor of whole numbers. */
export function integerTensor({ api }: OnnxRuntime, values: Uint32Array, dims: readonly number[]): Tensor {
  return new api.Tensor('int64', BigInt64Array.from(values, BigInt), dims);
}

async function attempt<Result>({ name }: OnnxRuntime, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new LabError(
      'unsupported',
      `${name} cannot run this model: ${String(error)}`,
      'Let the adapter run the model instead.',
      error,
    );
  }
}
