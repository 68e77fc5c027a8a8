import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { STORED_AS, type Packable } from '../formats/quantised/write';
import type { ModelShape } from '../models/architecture';
import { allSteps } from '../models/program';
import { Emitter, windowPositions } from './emit';
import { OnnxGraph } from './graph';
import { NBITS_WIDTHS, nbitsBlock, nbitsProduct } from './nbits';
import { SequencePositions } from './positions';
import { ConstantWeights, type EmittableModel } from './weights';

/** The longest sequence of an exported model whose positions are rotated, since a table of the angles is part of the file. */
const MAX_ROTARY_TIME = 32768;

/** A model as an ONNX file for sequences of any length up to a maximum. */
export interface ExportedOnnx {
  bytes: Uint8Array;
  /** The longest sequence of tokens; absent for images. */
  maxTime?: number;
  /** Number of matrices that are stored as integers. */
  quantised: number;
}

/**
 * Writes a model as an ONNX file: `input_ids` int64 [batch, time] or `pixel_values` float32 [batch, channels, size, size] to `logits`
 * float32 [batch, time, vocabulary] or [batch, classes]. Matrices of integers are multiplied by ONNX Runtime's MatMulNBits, all other
 * weights are float32 constants.
 * @param packed the matrices of integers by name; of tables of tokens only the product with the head uses them
 * @throws LabError unsupported naming a matrix that MatMulNBits does not have; limit over 2 GiB; Cancelled
 */
export async function exportOnnx(
  model: EmittableModel,
  packed: ReadonlyMap<string, Packable>,
  signal?: AbortSignal,
): Promise<ExportedOnnx> {
  const { shape } = model;
  for (const [name, { scheme }] of packed) requireNbits(name, scheme);
  const graph = new OnnxGraph(model.id);
  const weights = new PackedWeights(graph, model, packed);
  const maxTime = shape.image ? undefined : longestSequence(shape);
  const positions =
    maxTime === undefined ? windowPositions(graph, shape, 0) : new SequencePositions(graph, maxTime);
  const emitter = new Emitter(graph, shape, weights, positions);
  await emitter.trunk(signal);
  const { head } = shape.program;
  graph.nodeTo('logits', 'Identity', [await weights.affine(emitter.scoredStates(), head)]);
  graph.output('logits', 'float32', emitter.rowDims(head.outputs));
  return { bytes: graph.encode(), ...(maxTime !== undefined && { maxTime }), quantised: packed.size };
}

function requireNbits(name: string, scheme: Packable['scheme']): void {
  const why =
    scheme.kind !== 'integers'
      ? STORED_AS[scheme.kind]
      : scheme.roundsInputs
        ? 'its inputs are rounded to 8 bits as well, which the operator does not do'
        : !NBITS_WIDTHS.includes(scheme.bits)
          ? `it has ${scheme.bits} bits, and the operator has ${NBITS_WIDTHS.join(', ')}`
          : nbitsBlock(scheme) === undefined
            ? `it has groups of ${scheme.group}, and those of the operator are powers of two from 16 on`
            : undefined;
  if (why === undefined) return;
  throw new LabError(
    'unsupported',
    `ONNX Runtime’s MatMulNBits cannot multiply by ${quoted(name)}: ${why}.`,
    'Choose another format or another codec, or round the decoded weights again with `npm run export -- --reencode CODEC`.',
  );
}

/** Returns the longest sequence whose frequencies do not depend on its length. */
function longestSequence({ program, maxContext }: ModelShape): number {
  const limits = allSteps(program).flatMap((step) => {
    if (step.op !== 'rotary') return [];
    const { scaling } = step;
    if (scaling?.type === 'dynamic') return [scaling.context];
    return [scaling?.type === 'longrope' ? scaling.originalContext : MAX_ROTARY_TIME];
  });
  return Math.min(maxContext, ...limits);
}

/** Writes layers of integers as MatMulNBits, and all other weights as constants. */
class PackedWeights extends ConstantWeights {
  private readonly packed: ReadonlyMap<string, Packable>;
  private readonly products = new Map<string, (x: string) => string>();

  constructor(graph: OnnxGraph, model: EmittableModel, packed: ReadonlyMap<string, Packable>) {
    super(graph, model);
    this.packed = packed;
  }

  protected override async product(x: string, weight: string): Promise<string> {
    const known = this.products.get(weight);
    if (known) return known(x);
    const matrix = this.packed.get(weight)?.read();
    if (matrix?.kind !== 'integers') {
      // The constant keeps the tensor's name and form, and serves a table that is the head as well.
      const table = await this.tensor(weight);
      const transposed = this.graph.node('Transpose', [table], { attributes: { perm: [1, 0] } });
      return this.graph.node('MatMul', [x, transposed]);
    }
    const multiply = nbitsProduct(this.graph, weight, matrix);
    this.products.set(weight, multiply);
    return multiply(x);
  }
}
