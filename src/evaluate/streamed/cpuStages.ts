import { throwIfAborted } from '../../base/errors';
import type { TensorSpec } from '../../models/architecture';
import { headTensors, stagesOf, type Stage } from '../../models/program';
import type { OnnxRuntime, Tensor } from '../../onnx/runtime';
import type { GraphSession, Tensors } from '../../onnx/session';
import { emitStage, type StageGraph } from '../../onnx/stageGraphs';
import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { ScoredBatch } from '../batches';
import { CpuSessions, HostWeights, inputTensor, lossesOfRows, scoredRows } from '../cpuSessions';
import type { BatchLayout } from '../engine';
import type { BatchResult, StageHead, StageRunner, StreamedControl } from './engine';

/** The activations of a batch between stages, by name. */
type BatchStates = Map<string, Tensor>;

/** Runs stages by ONNX Runtime on the CPU. Stages that differ in nothing but their weights share a session. */
export class CpuStages implements StageRunner {
  readonly compute = 'cpu';
  private readonly layout: BatchLayout<StreamedWeights>;
  private readonly sessions: CpuSessions;
  /** Sessions of the stages by the bytes of their graphs. */
  private readonly made = new Map<string, Promise<GraphSession<StageGraph>>>();

  constructor(runtime: OnnxRuntime, layout: BatchLayout<StreamedWeights>) {
    this.layout = layout;
    this.sessions = new CpuSessions(runtime, layout.shape);
  }

  async run(
    weights: StreamedWeights,
    batches: readonly ScoredBatch[],
    { signal, onStage }: StreamedControl,
  ): Promise<BatchResult[]> {
    const { shape } = this.layout;
    const results = batches.map((): BatchResult => ({ states: new Float32Array(0), ms: 0 }));
    const states = batches.map((): BatchStates => new Map());
    const stages = stagesOf(shape);
    for (const [s, stage] of stages.entries()) {
      const opened = await this.open(stage, weights);
      let begun = performance.now();
      const host = await this.read(weights, stage.tensors, signal);
      const reading = (performance.now() - begun) / batches.length;
      const fed = host.feeds(opened.graph);
      for (const [i, batch] of batches.entries()) {
        throwIfAborted(signal);
        begun = performance.now();
        const outputs = await this.runBatch(opened, fed, states[i], batch);
        for (const { name, output } of opened.graph.writes) states[i].set(name, outputs[output]);
        if (stage.isLast) results[i].states = this.scored(batch, outputs.states);
        results[i].ms += reading + performance.now() - begun;
        onStage((s + (i + 1) / batches.length) / stages.length);
      }
    }
    return results;
  }

  async openHead(own: StreamedWeights, baseline?: StreamedWeights, signal?: AbortSignal): Promise<StageHead> {
    const { sessions } = this;
    const tensors = headTensors(this.layout.shape);
    const weights = await this.read(own, tensors, signal);
    const baseWeights = baseline && (await this.read(baseline, tensors, signal));
    return {
      async *losses(targets, states, baseStates) {
        const base = baseWeights && baseStates && { states: baseStates, weights: baseWeights };
        for await (const losses of lossesOfRows(sessions, targets, { states, weights }, base)) {
          throwIfAborted(signal);
          yield losses;
        }
      },
      dispose: () => undefined,
    };
  }

  dispose(): void {
    this.sessions.dispose();
  }

  /** Returns the graph of a stage with the session that runs it. */
  private async open(
    stage: Stage,
    { inputRounding }: StreamedWeights,
  ): Promise<{ graph: StageGraph; session: GraphSession<StageGraph> }> {
    const { shape, length } = this.layout;
    const graph = await emitStage(shape, length, stage, inputRounding);
    const key = Array.from(graph.bytes, (byte) => String.fromCharCode(byte)).join('');
    let made = this.made.get(key);
    if (!made) this.made.set(key, (made = this.sessions.create(Promise.resolve(graph))));
    return { graph, session: await made };
  }

  private async read(
    weights: StreamedWeights,
    tensors: readonly TensorSpec[],
    signal?: AbortSignal,
  ): Promise<HostWeights> {
    const values = new Map<string, Float32Array>();
    for (const tensor of tensors) {
      throwIfAborted(signal);
      values.set(tensor.name, await weights.values(tensor, signal));
    }
    return new HostWeights(this.sessions.runtime, values, weights.inputRounding);
  }

  private async runBatch(
    { graph, session }: { graph: StageGraph; session: GraphSession<StageGraph> },
    weights: Tensors,
    states: BatchStates,
    batch: ScoredBatch,
  ): Promise<Tensors> {
    const { sessions, layout } = this;
    const feeds: Tensors = { ...weights };
    if (graph.input) feeds[graph.input] = inputTensor(sessions, await batch.input(), layout);
    for (const { name } of graph.reads) feeds[name] = states.get(name)!;
    return session.run(feeds);
  }

  private scored(batch: ScoredBatch, states: Tensor): Float32Array {
    return scoredRows(batch, states.data as Float32Array, this.layout.shape.program.hidden.width);
  }
}
