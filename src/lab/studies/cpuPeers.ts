import { LabError, throwIfAborted } from '../../base/errors';
import { textEvaluator } from '../../evaluate/text';
import { planWindows } from '../../evaluate/windows';
import { summarize, type Summary } from '../../evaluate/statistics/summary';
import type { ModelShape } from '../../models/architecture';
import type { Model } from '../../models/model';
import { allSteps } from '../../models/program';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { OnnxGraph } from '../../onnx/graph';
import type { OnnxRuntime } from '../../onnx/runtime';
import { floatTensor, GraphSession, type Tensors } from '../../onnx/session';
import { transposedMatrixValues } from '../../models/load/orientation';
import { hostProcessor } from '../../artefact/hostProcessor';

/** Another program that computes the losses of windows of tokens on the CPU. */
export interface PerplexityPeer {
  name: string;
  /** Computes the logits of every token of some windows, each of which begins anew. */
  evaluate(windows: readonly Uint32Array[]): Promise<void>;
  /** Computes the mean loss of a window's tokens after the first, in nats. */
  meanLoss(window: Uint32Array): Promise<number>;
  dispose(): Promise<void>;
}

/** The perplexity of a float32 model on the CPU, beside another program and beside nothing but its matrix products. */
export interface CpuPeerComparison {
  model: string;
  tokens: number;
  threads: number;
  peer: string;
  /** Tokens per second of our evaluation, of the peer's, and of the matrix products by our runtime. */
  rate: Summary;
  peerRate: Summary;
  matmulRate: Summary;
  /** Our rate ÷ the others', round by round. */
  toPeer: Summary;
  toMatmuls: Summary;
  /** The difference of the mean losses of the first window, in nats. */
  lossDifference: number;
}

export interface CpuPeerOptions {
  runtime: OnnxRuntime;
  peer: PerplexityPeer;
  text: string;
  context: number;
  windows: number;
  threads: number;
  rounds: number;
  signal: AbortSignal;
}

/** Largest difference between the mean losses of one window in two float32 programs, in nats. */
const MAX_LOSS_DIFFERENCE = 1e-3;
/** Rows of one run of the matrix products, as in a batch of our evaluation. */
const ROWS = 512;

/**
 * Verifies that the peer finds the loss of the first window, and then times our perplexity, the peer's and our matrix products by turns,
 * once each without timing and then `rounds` times.
 * @throws LabError unsupported if the losses differ; bad-input for a text that is too short; Cancelled
 */
export async function compareCpuPeers(model: Model, options: CpuPeerOptions): Promise<CpuPeerComparison> {
  const { runtime, peer, context, windows, threads, rounds, signal } = options;
  const protocol = { kind: 'windows', context, stride: context, windows } as const;
  const tokenizer = await loadTokenizer(model.assets);
  const ids = (await tokenizer.encode(options.text, { signal })).slice(0, windows * context);
  const baseline = await hostProcessor().load(model, signal);
  const evaluator = textEvaluator({
    cpu: runtime,
    shape: model.shape,
    baseline,
    ids,
    protocol,
    metrics: 'perplexity',
  });
  const products = await MatrixProducts.open(runtime, model);
  try {
    const cut = planWindows(ids.length, protocol).windows.map(({ start }) =>
      ids.subarray(start, start + context),
    );
    const control = { label: 'the float32 model', signal };
    const measured = await evaluator.measureBaseline(control);
    const [{ nll, tokens }] = measured.samples;
    const lossDifference = Math.abs((await peer.meanLoss(cut[0])) - nll / tokens);
    if (!(lossDifference < MAX_LOSS_DIFFERENCE)) throw differs(peer, lossDifference);
    const sides = [
      () => evaluator.measureBaseline(control),
      () => peer.evaluate(cut),
      () => products.run(ids.length),
    ];
    const rates: number[][] = [[], [], []];
    for (let round = 0; round <= rounds; round++)
      for (const [s, side] of sides.entries()) {
        throwIfAborted(signal);
        const started = performance.now();
        await side();
        // The first round warms up.
        if (round > 0) rates[s].push((1000 * ids.length) / (performance.now() - started));
      }
    const [own, theirs, matmuls] = rates;
    const ratio = (others: readonly number[]) => summarize(own.map((rate, i) => rate / others[i]));
    return {
      ...{ model: model.id, tokens: ids.length, threads, peer: peer.name, lossDifference },
      ...{ rate: summarize(own), peerRate: summarize(theirs), matmulRate: summarize(matmuls) },
      ...{ toPeer: ratio(theirs), toMatmuls: ratio(matmuls) },
    };
  } finally {
    evaluator.dispose();
    await products.dispose();
  }
}

function differs({ name }: PerplexityPeer, difference: number): LabError {
  return new LabError(
    'unsupported',
    `${name} finds another loss for the first window, by ${difference} nats, so that their speeds cannot be compared.`,
    'Name a model whose forward pass is the same there.',
  );
}

/** The matrix products of a model's linear layers and its head, and nothing else, with weights that ONNX Runtime arranged before. */
class MatrixProducts {
  private constructor(
    private readonly session: GraphSession<{ bytes: Uint8Array }>,
    private readonly feeds: Tensors,
  ) {}

  static async open(runtime: OnnxRuntime, model: Model): Promise<MatrixProducts> {
    const graph = new OnnxGraph('matrix products');
    const feeds: Tensors = {};
    for (const spec of linearLayers(model.shape)) {
      const { name } = spec;
      const [rows, columns] = spec.matrix;
      const input = `x ${columns}`;
      if (!feeds[input]) graph.input(input, 'float32', [ROWS, columns]);
      feeds[input] ??= floatTensor(runtime, new Float32Array(ROWS * columns).fill(0.01), [ROWS, columns]);
      const values = transposedMatrixValues(await model.tensor(spec), rows, columns);
      const product = graph.node('MatMul', [input, graph.floats(name, [columns, rows], values)]);
      // One row is returned, so that the product is computed but not copied.
      const row = graph.node('Slice', [
        product,
        graph.integers([0]),
        graph.integers([1]),
        graph.integers([0]),
      ]);
      graph.nodeTo(`y ${name}`, 'Identity', [row]);
      graph.output(`y ${name}`, 'float32', [1, rows]);
    }
    return new MatrixProducts(await GraphSession.open(runtime, { bytes: graph.encode() }), feeds);
  }

  /** Multiplies at least `tokens` rows. */
  async run(tokens: number): Promise<void> {
    for (let done = 0; done < tokens; done += ROWS) await this.session.run(this.feeds);
  }

  dispose(): Promise<void> {
    return this.session.release();
  }
}

function linearLayers({ program, tensors }: ModelShape) {
  const steps = allSteps(program).flatMap((step) => (step.op === 'linear' ? [step.weight] : []));
  return [...steps, program.head.weight].map((name) => tensors.find((tensor) => tensor.name === name)!);
}
