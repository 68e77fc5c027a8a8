import { throwIfAborted } from '../../base/errors';
import type { TensorSpec } from '../../models/architecture';
import { headTensors, stagesOf, type Stage } from '../../models/program';
import type { OnnxRuntime, Tensor } from '../../onnx/runtime';
import type { GraphSession, Tensors } from '../../onnx/session';
import { emitStage, type StageGraph } from '../../onnx/stageGraphs';
import type { RoundedWeights } from '../../onnx/weights';
import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { ScoredBatch } from '../batches';
import { CpuSessions, HostWeights, inputTensor, lossesOfRows, scoredRows } from '../cpuSessions';
import type { BatchLayout } from '../engine';
import type { BatchResult, StageHead, StageRunner, StreamedControl } from './engine';

/** The activations of a batch between stages, by name. */
type BatchStates = Map<string, Tensor>;

/** A stage's graph, with the session that runs it. */
interface OpenStage {
  graph: StageGraph;
  session: GraphSession<StageGraph>;
}

/** Runs stages by ONNX Runtime on the CPU. Stages that differ in nothing but their weights share a session. */
export class CpuStages implements StageRunner {
  readonly compute = 'cpu';
  private readonly layout: BatchLayout<StreamedWeights>;
  private readonly sessions: CpuSessions;
  private readonly stages: readonly Stage[];
  /** The open stages, by their number and the layers that round their input. */
  private readonly opened = new Map<string, Promise<OpenStage>>();
  /** Those of them whose graphs differ. */
  private readonly graphs: OpenStage[] = [];

  constructor(runtime: OnnxRuntime, layout: BatchLayout<StreamedWeights>) {
    this.layout = layout;
    this.stages = stagesOf(layout.shape);
    this.sessions = new CpuSessions(runtime, layout);
  }

  async run(
    weights: StreamedWeights,
    batches: readonly ScoredBatch[],
    { signal, onStage }: StreamedControl,
  ): Promise<BatchResult[]> {
    const { stages } = this;
    const results = batches.map((): BatchResult => ({ states: new Float32Array(0), ms: 0 }));
    const states = batches.map((): BatchStates => new Map());
    for (const [s, stage] of stages.entries()) {
      const opened = await this.open(s, weights);
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

  /** Opens a stage, once for all weights whose layers round alike. */
  private open(index: number, { inputRounding }: StreamedWeights): Promise<OpenStage> {
    const key = [index, ...(inputRounding?.keys() ?? [])].join('\n');
    let opening = this.opened.get(key);
    if (!opening) this.opened.set(key, (opening = this.create(index, inputRounding)));
    opening.catch(() => this.opened.delete(key));
    return opening;
  }

  /** Writes the graph of a stage, and takes the session of another stage whose graph is the same. */
  private async create(index: number, rounding?: RoundedWeights): Promise<OpenStage> {
    const { shape, length } = this.layout;
    const graph = await emitStage(shape, length, this.stages[index], rounding);
    const known = this.graphs.find(({ graph: { bytes } }) => sameBytes(bytes, graph.bytes));
    // The graphs hold masks, so that one copy of the bytes is kept.
    if (known) return { graph: { ...graph, bytes: known.graph.bytes }, session: known.session };
    const opened = { graph, session: await this.sessions.create(Promise.resolve(graph)) };
    this.graphs.push(opened);
    return opened;
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
    { graph, session }: OpenStage,
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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
