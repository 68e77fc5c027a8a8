import { throwIfAborted } from '../base/errors';
import { OnnxGraph } from '../onnx/graph';
import type { OnnxRuntime } from '../onnx/runtime';
import { floatTensor, GraphSession } from '../onnx/session';
import type { Matrix } from '../runtime/linear/matrix';
import type { OutputSquares } from './outputError';

type Session = GraphSession<{ bytes: Uint8Array }>;

/** The session of each runtime, which stays as long as the runtime: it has no weights. */
const sessions = new WeakMap<OnnxRuntime, Promise<Session>>();

/**
 * Returns an `OutputSquares` that multiplies by ONNX Runtime on the CPU. Products are summed in float32, their rows in float64.
 * @param read reads a Gram matrix that is on the GPU
 */
export function cpuOutputSquares(
  runtime: OnnxRuntime,
  read: (gram: Matrix) => Promise<Float32Array>,
): OutputSquares {
  return async (values, rows, { columns, gram }, signal) => {
    throwIfAborted(signal);
    let session = sessions.get(runtime);
    if (!session) sessions.set(runtime, (session = GraphSession.open(runtime, { bytes: squaresGraph() })));
    const g = 'values' in gram ? gram.values : await read(gram);
    const { squares } = await (
      await session
    ).run({
      e: floatTensor(runtime, values, [rows, columns]),
      g: floatTensor(runtime, g, [columns, columns]),
    });
    return (squares.data as Float32Array).reduce((sum, square) => sum + square, 0);
  };
}

/** Writes e G eᵀ for each row e of E [rows, columns] and a Gram matrix G [columns, columns]; output `squares` [rows, 1]. */
function squaresGraph(): Uint8Array {
  const graph = new OnnxGraph('output error');
  const e = graph.input('e', 'float32', ['rows', 'columns']);
  const g = graph.input('g', 'float32', ['columns', 'columns']);
  const products = graph.node('Mul', [graph.node('MatMul', [e, g]), e]);
  graph.nodeTo('squares', 'ReduceSum', [products, graph.integers([1])]);
  graph.output('squares', 'float32', ['rows', 1]);
  return graph.encode();
}
