import { KeyedRandom } from '../../base/random';
import { wholeView } from '../../runtime/ops/context';
import type { AttentionShape } from '../../models/architecture';
import { recordAttention } from '../../runtime/ops/attention';
import type { BenchContext } from '../context';
import { OnnxGraph } from '../../onnx/graph';
import { emitAttention } from '../../onnx/operations';
import { WindowPositions } from '../../onnx/positions';
import { peerCandidate, type PeerGraph } from '../peer/candidate';
import type { PeerRuntime } from '../peer/runtime';
import { recordedCandidate } from '../recorded';
import { benchValues } from '../reference';
import type { BenchCase, Candidate, Verdict } from '../types';
import { peerCopies } from './matmul';

/** The sizes of causal self-attention over one window. */
export interface SelfAttentionShape {
  tokens: number;
  heads: number;
  headWidth: number;
}

/** The attention of stories260K, stories15M and GPT-2 124M. */
export const ATTENTION_SHAPES: readonly SelfAttentionShape[] = [
  { tokens: 256, heads: 8, headWidth: 8 },
  { tokens: 256, heads: 6, headWidth: 48 },
  { tokens: 256, heads: 12, headWidth: 64 },
];

/** Returns the operations of scores and weighted sum, two per product; a causal query sees half of the keys on average. */
export function attentionFlops({ tokens, heads, headWidth }: SelfAttentionShape): number {
  return (4 * tokens * tokens * heads * headWidth) / 2;
}

/**
 * Returns a case of our attention against the peer's fused operator, or its standard operators where the fused one is wrong
 * here.
 */
export function attentionCase(context: BenchContext, shape: SelfAttentionShape): BenchCase {
  const problem = new AttentionProblem(shape);
  const { tokens, heads, headWidth } = shape;
  const { peer } = context;
  return {
    name: 'attention, causal',
    shape: `${tokens} tokens, ${heads} heads × ${headWidth}`,
    unit: 'GFLOP/s',
    work: attentionFlops(shape),
    ours: () => ownCandidate(context, problem),
    ...(peer && { peer: () => peerAttention(context, peer, problem) }),
  };
}

/** Number of (query, head) pairs that are checked, each against a float64 softmax over its keys. */
const CHECKED_ROWS = 96;
/** Bound for float32 exponentials of float32 scores; one key of 256 dropped or added gives an error of 1e-3. */
const LIMIT = 1e-4;

/** Seeded query, key and value [tokens, heads·headWidth] with their float64 reference. */
class AttentionProblem {
  readonly shape: SelfAttentionShape;
  readonly width: number;
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;

  constructor(shape: SelfAttentionShape) {
    this.shape = shape;
    this.width = shape.heads * shape.headWidth;
    const [query, key, value] = [11, 12, 13].map((stream) => benchValues(shape.tokens * this.width, stream));
    this.query = query;
    this.key = key;
    this.value = value;
  }

  get scale(): number {
    return 1 / Math.sqrt(this.shape.headWidth);
  }

  get attention(): AttentionShape {
    const { heads, headWidth } = this.shape;
    return { heads, keyValueHeads: heads, headWidth, causal: true, scale: this.scale };
  }

  verify(result: Float32Array): Verdict {
    const { tokens, heads, headWidth } = this.shape;
    const random = new KeyedRandom(3, 14);
    const largest = this.value.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    let maxError = result.length === tokens * this.width ? 0 : Infinity;
    for (let i = 0; i < CHECKED_ROWS; i++) {
      const token = i === 0 ? tokens - 1 : random.uint32At(2 * i) % tokens;
      const head = random.uint32At(2 * i + 1) % heads;
      const expected = this.referenceRow(token, head);
      for (let c = 0; c < headWidth; c++) {
        const error = Math.abs(result[token * this.width + head * headWidth + c] - expected[c]) / largest;
        if (!(error <= maxError)) maxError = Number.isNaN(error) ? Infinity : error;
      }
    }
    const note = `${CHECKED_ROWS} rows against float64, relative to max|v|, limit ${LIMIT}`;
    return { ok: maxError <= LIMIT, maxError, note };
  }

  /** softmax(q·Kᵀ·scale)·V of one query and one head over keys 0 … token. */
  private referenceRow(token: number, head: number): Float64Array {
    const { headWidth } = this.shape;
    const at = (row: number) => row * this.width + head * headWidth;
    const scores = new Float64Array(token + 1);
    for (let row = 0; row <= token; row++) {
      let sum = 0;
      for (let c = 0; c < headWidth; c++) sum += this.query[at(token) + c] * this.key[at(row) + c];
      scores[row] = sum * this.scale;
    }
    const max = scores.reduce((a, b) => Math.max(a, b));
    const weights = scores.map((s) => Math.exp(s - max));
    const total = weights.reduce((a, b) => a + b);
    const out = new Float64Array(headWidth);
    weights.forEach((weight, row) => {
      for (let c = 0; c < headWidth; c++) out[c] += (weight / total) * this.value[at(row) + c];
    });
    return out;
  }
}

function ownCandidate(context: BenchContext, problem: AttentionProblem): Promise<Candidate> {
  const { gpu } = context;
  const { width, attention } = problem;
  const { tokens } = problem.shape;
  return recordedCandidate(context, async (recorder, scope) => {
    const [query, key, value] = [problem.query, problem.key, problem.value].map((values) =>
      wholeView(scope.upload(values, 'benchmark attention'), width),
    );
    const out = wholeView(scope.allocate(4 * tokens * width, 'benchmark attention'), width);
    const state = scope.allocate(4, 'position');
    const call = { ...attention, query, key, value, out, keyRows: tokens };
    await recordAttention({ gpu, recorder }, call, { sequences: 1, length: tokens, state });
    return { verify: async () => problem.verify(new Float32Array(await gpu.stream.read(out.buffer))) };
  });
}

/**
 * Returns the fastest form of the peer that computes attention correctly: com.microsoft.MultiHeadAttention, or MatMul,
 * Softmax and MatMul where it fails the check. On some adapters it is off by a percent.
 */
async function peerAttention(
  context: BenchContext,
  peer: PeerRuntime,
  problem: AttentionProblem,
): Promise<Candidate> {
  const fused = await peerCandidate(peer, attentionGraph(context, problem, fusedNode));
  const { ok, maxError } = await fused.verify();
  if (ok) return fused;
  await fused.dispose();
  const why = `MatMul, Softmax, MatMul; its MultiHeadAttention fails here, error ${maxError.toExponential(1)}`;
  return peerCandidate(
    { ...peer, name: `${peer.name} (${why})` },
    attentionGraph(context, problem, composedNode),
  );
}

type AttentionNode = (
  graph: OnnxGraph,
  problem: AttentionProblem,
  inputs: [string, string, string],
) => string;

const fusedNode: AttentionNode = (graph, { shape, scale }, inputs) =>
  graph.node('MultiHeadAttention', inputs, {
    attributes: { num_heads: shape.heads, unidirectional: 1, scale: { float: scale } },
    domain: 'com.microsoft',
  });

const composedNode: AttentionNode = (graph, { attention, shape }, inputs) =>
  emitAttention(graph, attention, new WindowPositions(graph, shape.tokens), inputs);

function attentionGraph(context: BenchContext, problem: AttentionProblem, node: AttentionNode): PeerGraph {
  const { width, shape } = problem;
  const dims = [1, shape.tokens, width];
  const copies = peerCopies(context, attentionFlops(shape));
  const graph = new OnnxGraph('attention');
  const inputs = Array.from({ length: copies }, (_, i) => {
    const input = (name: string) => graph.input(`${name}${i}`, 'float32', dims);
    const names: [string, string, string] = [input('q'), input('k'), input('v')];
    graph.nodeTo(`y${i}`, 'Identity', [node(graph, problem, names)]);
    graph.output(`y${i}`, 'float32', dims);
    const values = [problem.query, problem.key, problem.value];
    return names.map((name, j) => ({ name, dims, values: values[j] }));
  }).flat();
  const verify = (y: Float32Array) => problem.verify(y);
  const output = { name: `y${copies - 1}`, dims };
  return { bytes: graph.encode(), inputs, output, operations: copies, verify };
}
