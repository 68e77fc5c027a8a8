import { readFileSync } from 'node:fs';
import { floatsToHalves } from '../base/float16';
import { parseOnnx, type OnnxTensor } from '../formats/onnx/graph';
import { protoFields, protoMessage, protoText } from '../formats/onnx/protoFields';
import { ProtoWriter } from '../onnx/protobuf';
import { fixture } from './fixtures';

/** Forms in which ONNX files store matrices. */
export type OnnxForm =
  | { kind: 'float' }
  | { kind: 'float16' }
  /** MatMulNBits in place of MatMul. */
  | { kind: 'nBits'; bits: 2 | 4 | 8; block: number; zeros: boolean }
  /** DynamicQuantizeLinear and MatMulInteger in place of MatMul, and a quantised token table. */
  | { kind: 'dynamic'; signed: boolean; perChannel: boolean }
  /** DequantizeLinear before MatMul, and a quantised token table. */
  | { kind: 'weightsOnly'; signed: boolean; perChannel: boolean };

const LAYERS = 5;
/** The modules with a matrix, in the order of the graph. */
const MODULES = [
  ...Array.from({ length: LAYERS }, (_, i) =>
    ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj']
      .concat('mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj')
      .map((module) => `model.layers.${i}.${module}`),
  ).flat(),
  'lm_head',
];
const TABLE = 'model.embed_tokens.weight';
const [FLOAT, UINT8, INT8, FLOAT16] = [1, 2, 3, 10];

/**
 * Returns the file that torch exported from stories260K with the names that torch gives to nodes of modules, and its matrices in another
 * form, as the quantisers of ONNX Runtime write them (matmul_nbits_quantizer.py, onnx_quantizer.py of onnxruntime.quantization). The
 * fixture was exported from functions, which have no module paths.
 */
export function quantisedOnnx(form: OnnxForm): Uint8Array {
  const bytes = new Uint8Array(readFileSync(fixture('onnx/stories260K.onnx')));
  const { constants } = parseOnnx(bytes);
  const rewriter = new Rewriter(form, constants);
  const model = new ProtoWriter();
  for (const field of protoFields(bytes)) {
    if (field.number === 7) model.message(7, rewriter.graph(protoMessage(field)));
    else if (field.integer !== undefined) model.integer(field.number, field.integer);
    // Operator set 17 has the functions of these forms; the file was exported for it.
    else model.bytes(field.number, field.bytes!);
  }
  model.message(8, new ProtoWriter().text(1, 'com.microsoft').integer(2, 1));
  return model.finish();
}

class Rewriter {
  private readonly graphBody = new ProtoWriter();
  private matrices = 0;

  constructor(
    private readonly form: OnnxForm,
    private readonly constants: ReadonlyMap<string, OnnxTensor>,
  ) {}

  graph(message: Uint8Array): ProtoWriter {
    for (const field of protoFields(message)) {
      if (field.number === 1) this.node(protoMessage(field));
      else if (field.number === 5) this.initialiser(protoMessage(field));
      else this.graphBody.bytes(field.number, field.bytes!);
    }
    return this.graphBody;
  }

  private node(message: Uint8Array): void {
    const fields = [...protoFields(message)];
    const texts = (number: number) => fields.filter((field) => field.number === number).map(protoText);
    const [inputs, outputs, [operator]] = [texts(1), texts(2), texts(4)];
    const weight = this.constants.get(inputs[1]);
    if (operator === 'MatMul' && weight) return this.matrix(weight, inputs[0], outputs[0]);
    if (operator === 'Gather' && renamed(inputs[0]) === TABLE) return this.table(inputs, outputs[0]);
    const written = new ProtoWriter();
    for (const field of fields)
      if (field.number === 1) written.text(1, renamed(protoText(field)));
      else written.bytes(field.number, field.bytes!);
    this.graphBody.message(1, written);
  }

  private initialiser(message: Uint8Array): void {
    const name = [...protoFields(message)].find(({ number }) => number === 8)!;
    const { dims, data } = this.constants.get(protoText(name))!;
    // Matrices and the table are written with their nodes.
    if (dims.length === 1) this.constant(renamed(protoText(name)), FLOAT, dims, data as Uint8Array);
  }

  private matrix(weight: OnnxTensor, input: string, output: string): void {
    const path = `/${MODULES[this.matrices++].replaceAll('.', '/').replace(/\/(\d+)\//, '.$1/')}/MatMul`;
    const { name } = weight;
    const [k, n] = weight.dims;
    const values = floats(weight);
    const { form } = this;
    if (form.kind === 'nBits') return this.nBits({ path, input, output, name, k, n, values });
    if (form.kind === 'dynamic') {
      const codes = this.codes(name, [k, n], values, form);
      const at = (suffix: string) => `${path}${suffix}`;
      this.add('DynamicQuantizeLinear', at('_QuantizeLinear'), [input], [at('_q'), at('_s'), at('_z')]);
      this.add(
        'MatMulInteger',
        at('_quant'),
        [at('_q'), codes.codes, at('_z'), codes.zero],
        [at('_integers')],
      );
      this.add('Cast', at('_cast'), [at('_integers')], [at('_floats')], { to: FLOAT });
      this.add('Mul', at('_scales_mul'), [at('_s'), codes.scale], [at('_scale')]);
      this.add('Mul', at('_output_scale_mul'), [at('_floats'), at('_scale')], [output]);
      return;
    }
    this.add('MatMul', path, [input, this.floatInput(name, [k, n], values)], [output]);
  }

  private table(inputs: readonly string[], output: string): void {
    const weight = this.constants.get(inputs[0])!;
    const { form } = this;
    if (form.kind !== 'dynamic' && form.kind !== 'weightsOnly') {
      this.add(
        'Gather',
        '/model/embed_tokens/Gather',
        [this.floatInput(TABLE, weight.dims, floats(weight)), inputs[1]],
        [output],
      );
      return;
    }
    const { codes, scale, zero } = this.codes(TABLE, weight.dims, floats(weight), {
      ...form,
      perChannel: false,
    });
    this.add('Gather', '/model/embed_tokens/Gather_quant', [codes, inputs[1]], [`${output}_quantized`]);
    this.add(
      'DequantizeLinear',
      `${output}_DequantizeLinear`,
      [`${output}_quantized`, scale, zero],
      [output],
    );
  }

  /** Writes a constant in the file's form, and returns what a node reads in its place. */
  private floatInput(name: string, dims: readonly number[], values: Float32Array): string {
    const { form } = this;
    if (form.kind === 'weightsOnly') {
      const { codes, scale, zero } = this.codes(name, dims, values, form);
      const attributes: Record<string, number> = form.perChannel ? { axis: 1 } : {};
      this.add(
        'DequantizeLinear',
        `${name}_DequantizeLinear`,
        [codes, scale, zero],
        [`${name}_restored`],
        attributes,
      );
      return `${name}_restored`;
    }
    if (form.kind !== 'float16') {
      this.constant(name, FLOAT, dims, new Uint8Array(values.buffer));
      return name;
    }
    this.constant(name, FLOAT16, dims, halves(values));
    this.add('Cast', `${name}_Cast`, [name], [`${name}_float`], { to: FLOAT });
    return `${name}_float`;
  }

  /** Quantises to 8 bits: value ≈ scale · (code − zero point), the range with 0 in it, for the whole or for each column. */
  private codes(
    name: string,
    dims: readonly number[],
    values: Float32Array,
    { signed, perChannel }: { signed: boolean; perChannel: boolean },
  ) {
    const columns = perChannel ? dims[1] : 1;
    const [scales, zeros] = [new Float32Array(columns), new Int32Array(columns)];
    const lowest = signed ? -128 : 0;
    for (let c = 0; c < columns; c++) {
      const own = Float32Array.from({ length: values.length / columns }, (_, r) => values[r * columns + c]);
      const [low, high] = [own.reduce((a, b) => Math.min(a, b), 0), own.reduce((a, b) => Math.max(a, b), 0)];
      scales[c] = (high - low) / 255;
      zeros[c] = Math.round(lowest - low / scales[c]);
    }
    const codes = Uint8Array.from(values, (x, i) => {
      const c = i % columns;
      return Math.min(lowest + 255, Math.max(lowest, Math.round(x / scales[c]) + zeros[c])) & 0xff;
    });
    const shape = perChannel ? [columns] : [];
    const type = signed ? INT8 : UINT8;
    this.constant(`${name}_quantized`, type, dims, codes);
    this.constant(`${name}_scale`, FLOAT, shape, new Uint8Array(scales.buffer));
    this.constant(
      `${name}_zero_point`,
      type,
      shape,
      Uint8Array.from(zeros, (z) => z & 0xff),
    );
    return { codes: `${name}_quantized`, scale: `${name}_scale`, zero: `${name}_zero_point` };
  }

  /** Rounds to a grid for each block of a column, with the whole range of the codes where there are zero points. */
  private nBits({ path, input, output, name, k, n, values }: NBitsMatrix): void {
    const { bits, block, zeros } = this.form as Extract<OnnxForm, { kind: 'nBits' }>;
    const blocks = Math.ceil(k / block);
    const [blockBytes, zeroBytes] = [(block * bits) / 8, Math.ceil((blocks * bits) / 8)];
    const packed = new Uint8Array(n * blocks * blockBytes);
    const packedZeros = new Uint8Array(n * zeroBytes);
    const scales = new Float32Array(n * blocks);
    const top = (1 << bits) - 1;
    for (let row = 0; row < n; row++)
      for (let b = 0; b < blocks; b++) {
        const count = Math.min(block, k - b * block);
        const own = Array.from({ length: count }, (_, i) => values[(b * block + i) * n + row]);
        const [low, high] = [Math.min(0, ...own), Math.max(0, ...own)];
        const at = row * blocks + b;
        scales[at] = zeros ? (high - low) / top : Math.max(-low, high) / (1 << (bits - 1));
        const zero = zeros ? Math.round(-low / scales[at]) : 1 << (bits - 1);
        packedZeros[row * zeroBytes + ((b * bits) >> 3)] |= zero << ((b * bits) & 7);
        for (const [i, x] of own.entries()) {
          const code = Math.min(top, Math.max(0, Math.round(x / scales[at]) + zero));
          packed[at * blockBytes + ((i * bits) >> 3)] |= code << ((i * bits) & 7);
        }
      }
    this.constant(`${name}_Q${bits}`, UINT8, [n, blocks, blockBytes], packed);
    this.constant(`${name}_scales`, FLOAT, [n * blocks], new Uint8Array(scales.buffer));
    if (zeros) this.constant(`${name}_zero_points`, UINT8, [n * zeroBytes], packedZeros);
    const inputs = [input, `${name}_Q${bits}`, `${name}_scales`, ...(zeros ? [`${name}_zero_points`] : [])];
    this.add('MatMulNBits', `${path}_Q${bits}`, inputs, [output], { K: k, N: n, bits, block_size: block });
  }

  private add(
    operator: string,
    name: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
  ): void {
    const node = new ProtoWriter();
    for (const input of inputs) node.text(1, input);
    for (const output of outputs) node.text(2, output);
    node.text(3, name).text(4, operator);
    for (const [key, value] of Object.entries(attributes))
      node.message(5, new ProtoWriter().text(1, key).integer(3, value).integer(20, 2));
    if (operator === 'MatMulNBits') node.text(7, 'com.microsoft');
    this.graphBody.message(1, node);
  }

  private constant(name: string, type: number, dims: readonly number[], data: Uint8Array): void {
    const tensor = new ProtoWriter().integers(1, dims).integer(2, type).text(8, name).bytes(9, data);
    this.graphBody.message(5, tensor);
  }
}

interface NBitsMatrix {
  path: string;
  input: string;
  output: string;
  name: string;
  /** Inputs and outputs of the matrix. */
  k: number;
  n: number;
  /** [k, n] */
  values: Float32Array;
}

/** Returns the name of a constant in transformers: `w.model/norm/weight` → `model.norm.weight`. */
function renamed(name: string): string {
  return name.startsWith('w.') ? name.slice(2).replaceAll('/', '.') : name;
}

function floats({ data }: OnnxTensor): Float32Array {
  return new Float32Array((data as Uint8Array).slice().buffer);
}

function halves(values: Float32Array): Uint8Array {
  return new Uint8Array(floatsToHalves(values).buffer);
}
