import type { Model } from '../../models/model';
import { allSteps } from '../../models/program';
import { denseWeights } from '../../runtime/forward/weights';
import { wholeView } from '../../runtime/ops/context';
import type { BenchContext } from '../context';
import { recordedCandidate } from '../recorded';
import { benchValues, checkProduct } from '../reference';
import type { BenchCase, Candidate } from '../types';
import { forwardLabels, ForwardProblem } from './forward';
import { perplexityCandidate } from './perplexity';

/**
 * Returns a case of our perplexity against our own matrix products of the same model alone: every linear layer and the head
 * with inputs and outputs on the GPU, but no norms, attention, additions, losses or read-backs.
 */
export function perplexityShareCase(context: BenchContext, model: Model): BenchCase {
  const problem = new ForwardProblem(model, context);
  return {
    ...forwardLabels(problem),
    name: `perplexity ${model.id}`,
    ours: (signal) => perplexityCandidate(context, problem, signal),
    peer: (signal) => ownMatmuls(context, problem, signal),
  };
}

/** Returns our matrix products alone. The head's is checked against float64. */
async function ownMatmuls(
  context: BenchContext,
  { model, rows }: ForwardProblem,
  signal?: AbortSignal,
): Promise<Candidate> {
  const { gpu, choose } = context;
  const { tensors, program } = model.shape;
  const layers = allSteps(program).flatMap((step) => (step.op === 'linear' ? [step.weight] : []));
  const specs = [...layers, program.head.weight].map((name) => tensors.find((t) => t.name === name)!);
  const weights = await denseWeights(gpu, model, signal, choose);
  const candidate = recordedCandidate(context, async (recorder, scope) => {
    const largest = Math.max(...specs.map(({ matrix }) => matrix[0]));
    const output = scope.allocate(4 * rows * largest, 'benchmark y');
    const inputs = new Map<number, { values: Float32Array; buffer: GPUBuffer }>();
    const inputOf = (columns: number) => {
      const values = benchValues(rows * columns, 31);
      const made = inputs.get(columns) ?? { values, buffer: scope.upload(values, 'benchmark x') };
      inputs.set(columns, made);
      return made;
    };
    for (const { name, matrix } of specs) {
      const x = wholeView(inputOf(matrix[1]).buffer, matrix[1]);
      await weights.linear(name).record({ gpu, recorder, x, y: wholeView(output, matrix[0]), rows });
    }
    const head = specs[specs.length - 1];
    const [n, k] = head.matrix;
    return {
      verify: async () => {
        const w = await model.tensor(head);
        const y = new Float32Array(await gpu.stream.read(output, 4 * rows * n));
        return checkProduct({ m: rows, k, n, x: inputOf(k).values, w }, y);
      },
      dispose: () => weights.dispose(),
    };
  });
  return candidate.then(
    (made) => Object.assign(made, { name: 'our matmuls alone' }),
    (error: unknown) => {
      weights.dispose();
      throw error;
    },
  );
}
