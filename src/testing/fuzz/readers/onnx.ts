import { parseOnnx } from '../../../formats/onnx/graph';
import { openOnnxWeights } from '../../../formats/onnx/weights';
import { OnnxGraph } from '../../../onnx/graph';
import { breakBytes } from '../breakBytes';
import type { FuzzReader } from '../reader';

const [INPUTS, OUTPUTS, TOKENS] = [8, 6, 5];
const TENSORS = ['embed.weight', 'a.weight', 'a.bias', 'b.weight', 'c.weight', 'd.weight', 'e.weight'];
const NAMES = {
  has: (name: string) => TENSORS.includes(name),
  isConv1d: (name: string) => name === 'c.weight',
};

/** Opens the weights of a graph and reads every tensor. */
async function read(bytes: Uint8Array): Promise<void> {
  const model = parseOnnx(bytes);
  const { tensors } = openOnnxWeights(model, { constants: model.constants, files: new Map() }, NAMES);
  for (const [name, tensor] of tensors) {
    const values = await tensor.read();
    if (values.length !== tensor.byteLength) throw new Error(`${name} has ${values.length} bytes`);
  }
}

/** Returns a graph with a weight of every form, each of a module of its own. */
function everyForm(): Uint8Array {
  const graph = new OnnxGraph('forms');
  const floats = (name: string, ...dims: number[]) =>
    graph.floats(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i / 7),
    );
  const codes = (name: string, ...dims: number[]) =>
    graph.bytesConstant(
      name,
      dims,
      Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => i),
    );
  const ids = graph.input('ids', 'int64', ['time']);
  const table = codes('embed.weight_quantized', TOKENS, INPUTS);
  const rows = graph.node('Gather', [table, ids]);
  const x = graph.node('DequantizeLinear', [rows, floats('embed.weight_scale'), codes('embed.weight_zero')]);
  graph.nodeTo('/a/MatMul', 'MatMul', [x, floats('onnx::MatMul_1', INPUTS, OUTPUTS)]);
  graph.node('Add', ['/a/MatMul', floats('a.bias', OUTPUTS)]);
  graph.nodeTo('/b/Gemm', 'Gemm', [x, floats('b.weight', OUTPUTS, INPUTS)], { attributes: { transB: 1 } });
  const packed = codes('onnx::MatMul_2_Q4', OUTPUTS, 2, 2);
  const nBits = [
    x,
    packed,
    floats('onnx::MatMul_2_scales', OUTPUTS * 2),
    codes('onnx::MatMul_2_zero', OUTPUTS),
  ];
  graph.nodeTo('/c/MatMul_Q4', 'MatMulNBits', nBits, {
    attributes: { K: INPUTS, N: OUTPUTS, bits: 4, block_size: 4 },
    domain: 'com.microsoft',
  });
  const integers = graph.node('MatMulInteger', [
    x,
    codes('d.weight_quantized', INPUTS, OUTPUTS),
    x,
    codes('d.zero'),
  ]);
  const scale = graph.node('Mul', [x, floats('d.weight_scale')]);
  graph.node('Mul', [graph.cast(integers, 'float32'), scale]);
  const restored = graph.node('DequantizeLinear', [
    codes('e.weight_quantized', INPUTS, OUTPUTS),
    floats('e.scale', OUTPUTS),
  ]);
  graph.nodeTo('/e/MatMul', 'MatMul', [x, restored]);
  return graph.encode();
}

/** The reader of ONNX files of other programs. */
const onnx: FuzzReader = {
  name: 'onnx',
  reads: 'ONNX files: the graph, and the weights of every form that is read',
  cases: 4000,
  // A byte holds up to four codes of 2 bits, that is, 16 bytes of float32.
  memory: { factor: 24, base: 64 << 10 },
  prepare: async () => {
    const seed = everyForm();
    return { seeds: [seed], read, broken: (below) => breakBytes(seed, below) };
  },
};
export default onnx;
