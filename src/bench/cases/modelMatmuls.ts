import { transposedMatrixValues } from '../../models/load/orientation';
import { throwIfAborted } from '../../base/errors';
import type { Model } from '../../models/model';
import type { Step, StepOf } from '../../models/architecture';
import { allSteps } from '../../models/program';
import type { BenchContext } from '../context';
import { OnnxGraph } from '../../onnx/graph';
import { peerCandidate, type PeerGraph, type PeerInput } from '../peer/candidate';
import { benchValues, checkProduct } from '../reference';
import type { BenchCase, Candidate } from '../types';
import { ForwardProblem, forwardLabels, ownForward } from './forward';
import { perplexityCandidate } from './perplexity';

/** The end of the names of these cases. */
export const MATMULS_ONLY = ', peer: its matmuls only';

/**
 * Returns a case of our whole forward pass, with the losses of perplexity for language models, against only the model's matrix
 * products in the peer: every linear layer and the head with the model's matrices and with inputs and outputs on the GPU, but
 * no norms, attention or additions.
 */
export function modelMatmulsCase(context: BenchContext, model: Model): BenchCase {
  const problem = new ForwardProblem(model, context);
  const { peer } = context;
  return {
    ...forwardLabels(problem),
    name: `${model.shape.image ? 'forward' : 'perplexity'} ${model.id}${MATMULS_ONLY}`,
    ours: (signal) => ownPass(context, problem, signal),
    ...(peer && {
      peer: async (signal?: AbortSignal) => peerCandidate(peer, await matmulsGraph(problem, signal)),
    }),
  };
}

/** Returns our side: perplexity for language models, logits for image classifiers. */
function ownPass(context: BenchContext, problem: ForwardProblem, signal?: AbortSignal): Promise<Candidate> {
  const own = problem.model.shape.image ? ownForward : perplexityCandidate;
  return own(context, problem, signal);
}

/** Returns a graph with a MatMul per linear layer, in which layers of the same input width share an input. */
async function matmulsGraph(problem: ForwardProblem, signal?: AbortSignal): Promise<PeerGraph> {
  const { model, rows, sequences, tokens } = problem;
  const { program } = model.shape;
  const graph = new OnnxGraph('matmuls');
  const inputs = new Map<string, PeerInput>();
  const add = async (output: string, weight: string, m: number) => {
    const spec = model.shape.tensors.find((t) => t.name === weight)!;
    const [n, k] = spec.matrix;
    const values = await model.tensor(spec);
    const name = `x ${m}×${k}`;
    if (!inputs.has(name)) {
      graph.input(name, 'float32', [m, k]);
      inputs.set(name, { name, dims: [m, k], values: benchValues(m * k, 31) });
    }
    graph.nodeTo(output, 'MatMul', [
      name,
      graph.floats(`${weight} transposed`, [k, n], transposedMatrixValues(values, n, k)),
    ]);
    graph.output(output, 'float32', [m, n]);
    return { m, k, n, x: inputs.get(name)!.values as Float32Array, w: values };
  };
  const layers = allSteps(program).filter(isLinear);
  for (const [i, { weight }] of layers.entries()) {
    throwIfAborted(signal);
    await add(`y${i}`, weight, sequences * tokens);
  }
  const product = await add('logits', program.head.weight, rows);
  return {
    bytes: graph.encode(),
    inputs: [...inputs.values()],
    output: { name: 'logits', dims: [rows, program.head.outputs] },
    operations: 1,
    verify: (logits) => checkProduct(product, logits),
  };
}

function isLinear(step: Step): step is StepOf<'linear'> {
  return step.op === 'linear';
}
