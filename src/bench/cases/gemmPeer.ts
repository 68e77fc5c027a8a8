import { halvesToFloats } from '../../base/float16';
import { OnnxGraph } from '../../onnx/graph';
import { nbitsProduct, type NbitsMatrix } from '../../onnx/nbits';
import { tritAt } from '../../runtime/reference/ternary';
import type { TernaryMatrix } from '../../runtime/linear/ternary/ternaryMatrix';
import type { BenchContext } from '../context';
import type { PeerGraph } from '../peer/candidate';
import type { MatmulProblem } from '../reference';
import { productFlops, productGraph } from './matmul';

/** Returns a ternary matrix of some rows as codes of `bits` bits. */
export function tritCodes(w: TernaryMatrix, outputs: number, bits: 2 | 4): NbitsMatrix {
  const { columns: inputs, group } = w;
  const zero = 2 ** (bits - 1);
  const codes = Uint8Array.from(
    { length: outputs * inputs },
    (_, i) => zero + tritAt(w, Math.floor(i / inputs), i % inputs),
  );
  return { outputs, inputs, bits, group, codes, scales: halfScales(w.scales) };
}

/** Returns the values of float16 scales. @param bytes little-endian, at any alignment */
export function halfScales(bytes: Uint8Array): Float32Array {
  return halvesToFloats(new Uint16Array(bytes.slice().buffer));
}

/** Returns a graph of ONNX Runtime's product of grouped integers with float32 activations. */
export function nbitsGraph(context: BenchContext, product: MatmulProblem, matrix: NbitsMatrix): PeerGraph {
  const { m, k, n } = product;
  const graph = new OnnxGraph('matmul');
  const multiply = nbitsProduct(graph, 'w', matrix);
  return productGraph(context, graph, product, productFlops([m, k, n]), (y, x) => multiply(x, y));
}
