import type { ScoredBatch } from '../../evaluate/batches';
import { Evaluator } from '../../evaluate/evaluator';
import type { Gpu } from '../../gpu/gpu';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import type { BenchContext } from '../context';
import { compareResults } from '../reference';
import type { Candidate, Verdict } from '../types';
import type { ForwardProblem } from './forward';

/** Number of windows per repeat. A run records its pass once, so a single window would overstate the cost of recording. */
const WINDOWS = 4;
/** Bound for float32 log-sum-exp over the vocabulary against float64, relative to the largest loss. */
const LIMIT = 1e-4;

/** Returns our perplexity as in a run: forward pass, head, and losses reduced on the GPU and read back per window. */
export async function perplexityCandidate(
  { gpu, choose }: BenchContext,
  problem: ForwardProblem,
  signal?: AbortSignal,
): Promise<Candidate> {
  const weights = await denseWeights(gpu, problem.model, signal, choose);
  return new PerplexityCandidate(gpu, problem, weights);
}

class PerplexityCandidate implements Candidate {
  readonly name = 'ours';
  readonly timer = 'wall-clock';
  readonly operationsPerRepeat = WINDOWS;
  private readonly gpu: Gpu;
  private readonly problem: ForwardProblem;
  private readonly weights: ModelWeights;
  private readonly evaluator: Evaluator<void>;

  constructor(gpu: Gpu, problem: ForwardProblem, weights: ModelWeights) {
    this.gpu = gpu;
    this.problem = problem;
    this.weights = weights;
    this.evaluator = new Evaluator({
      gpu,
      shape: problem.model.shape,
      baseline: weights,
      metrics: 'perplexity',
      units: { sequences: WINDOWS, length: problem.tokens },
      batches: Array.from({ length: WINDOWS }, () => wholeWindow(problem)),
      sequences: 1,
      length: problem.tokens,
      nameRow: (row) => `token ${row + 1}`,
      summarise: () => undefined,
    });
  }

  async verify(signal?: AbortSignal): Promise<Verdict> {
    const { problem } = this;
    const losses = await this.evaluator.firstLosses(this.weights, { label: 'benchmark', signal });
    const expected = referenceLosses(await problem.referenceLogits(signal), problem);
    const note = `losses of the first ${expected.length} tokens against float64, relative to the largest`;
    return compareResults(losses.subarray(0, expected.length), expected, LIMIT, note);
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    await this.gpu.stream.idle(signal);
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await this.evaluator.measureBaseline({ label: 'benchmark', signal });
    await this.gpu.stream.idle(signal);
    return (performance.now() - start) / 1000;
  }

  dispose(): void {
    this.evaluator.dispose();
    this.weights.dispose();
  }
}

/** Returns a window in which every token except the first is scored. */
function wholeWindow({ input, tokens }: ForwardProblem): ScoredBatch {
  const ids = Uint32Array.from(input);
  return {
    input: () => ids,
    segments: [{ firstRow: 0, rows: tokens - 1 }],
    targets: ids.subarray(1),
    items: 1,
  };
}

/** −log softmax(logits)[next token] for the rows that the reference covers. */
function referenceLosses(
  logits: Float64Array,
  { outputs, checkedRows, input }: ForwardProblem,
): Float64Array {
  return Float64Array.from({ length: checkedRows - 1 }, (_, row) => {
    const scores = logits.subarray(row * outputs, (row + 1) * outputs);
    const max = scores.reduce((a, b) => Math.max(a, b));
    const total = scores.reduce((sum, score) => sum + Math.exp(score - max), 0);
    return Math.log(total) + max - scores[input[row + 1]];
  });
}
