import { floatsToHalves, halfBitsToFloat, halvesToFloats } from '../../../../base/float16';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import { writeCode } from '../../../kit/bits';
import type { CodecReference, MatrixShape } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { bits16Of, bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { requantiseRtn, rtnParts, rtnReference as rtn } from '../../../kit/uniformGrid/erased';
import { quantiseToGrid, searchScale, type GridScale } from '../../../kit/uniformGrid/reference';
import { awqLayout, type AwqLayout } from './layout';
import { checkActivations, columnScale, isOne, leastIndex } from './scale';

/** A matrix of a group of tensors that read one activation. */
export interface ReferenceTensor {
  values: Float32Array;
  shape: MatrixShape;
}

/** W·diag(s), in float32 as kernels compute it. */
export function scaled({ values, shape: [, columns] }: ReferenceTensor, s: Float32Array): Float32Array {
  return values.map((w, i) => w * s[i % columns]);
}

/** A group's weights limited to ± a share of its largest |w|. */
function limited(group: Float32Array, share: number): Float32Array {
  const limit = Math.fround(share * group.reduce((most, w) => Math.max(most, Math.abs(w)), 0));
  return group.map((w) => Math.max(-limit, Math.min(limit, w)));
}

/** The error of a group's weights in units of the unscaled W: (w·s − q·scale) ÷ s. */
function errorsOf(group: Float32Array, choice: GridScale, s: Float32Array, layout: AwqLayout): Float64Array {
  const step = halfBitsToFloat(choice.scale);
  return Float64Array.from(group, (w, i) => (w - quantiseToGrid(w, choice, layout) * step) / s[i]);
}

/** eᵀ G e over the columns first … first + e.length; without inputs G is the identity. */
function weighted(e: Float64Array, first: number, columns: number, inputs?: ReferenceInputs): number {
  let sum = 0;
  for (let i = 0; i < e.length; i++) {
    if (!inputs) sum += e[i] * e[i];
    else
      for (let j = 0; j < e.length; j++) sum += e[i] * e[j] * inputs.gram[(first + i) * columns + first + j];
  }
  return sum;
}

/** The scale of one group, its range limited by the share that gives the least eᵀ G e. */
function searchLimit(
  group: Float32Array,
  s: Float32Array,
  first: number,
  layout: AwqLayout,
  inputs?: ReferenceInputs,
): GridScale {
  const choices = layout.limits.map((share) => searchScale(limited(group, share), layout));
  if (choices.length === 1) return choices[0];
  const errors = choices.map((choice) =>
    weighted(errorsOf(group, choice, s, layout), first, layout.columns, inputs),
  );
  return choices[leastIndex(errors)];
}

/** Calls `visit` with every group of a matrix. */
function eachGroup(
  values: Float32Array,
  { rows, columns, group }: AwqLayout,
  visit: (weights: Float32Array, index: number, row: number, first: number) => void,
): void {
  let index = 0;
  for (let row = 0; row < rows; row++)
    for (let first = 0; first < columns; first += group) {
      const last = Math.min(first + group, columns);
      visit(values.subarray(row * columns + first, row * columns + last), index++, row, first);
    }
}

/** W − dequant(quant(W·diag(s)))·diag(s)⁻¹ with plain min-max ranges. */
function roundingError(tensor: ReferenceTensor, s: Float32Array, layout: AwqLayout): Float64Array {
  const error = new Float64Array(tensor.values.length);
  eachGroup(scaled(tensor, s), layout, (weights, _, row, first) => {
    const choice = searchScale(weights, layout);
    error.set(errorsOf(weights, choice, s.subarray(first), layout), row * layout.columns + first);
  });
  return error;
}

/** tr(E G Eᵀ) of a matrix of errors. */
export function outputError(error: ArrayLike<number>, columns: number, inputs: ReferenceInputs): number {
  const rows = error.length / columns;
  let sum = 0;
  for (let row = 0; row < rows; row++)
    sum += weighted(
      Float64Array.from({ length: columns }, (_, i) => error[row * columns + i]),
      0,
      columns,
      inputs,
    );
  return sum;
}

/**
 * The exponent with the least summed output error of all tensors, and its s.
 * @param half s rounded to float16 (stored), else to float32 (folded)
 */
export function searchExponent(
  tensors: readonly ReferenceTensor[],
  options: CodecOptions,
  inputs: ReferenceInputs,
  half: boolean,
): { alpha: number; s: Float32Array; errors: number[] } {
  const { exponents } = awqLayout(tensors[0].shape, options);
  const errors = exponents.map((alpha) => {
    const s = columnScale(inputs.meanAbs, alpha, half);
    return tensors.reduce((sum, tensor) => {
      const layout = awqLayout(tensor.shape, options);
      return sum + outputError(roundingError(tensor, s, layout), layout.columns, inputs);
    }, 0);
  });
  const alpha = exponents[leastIndex(errors)];
  return { alpha, s: columnScale(inputs.meanAbs, alpha, half), errors };
}

/** Codes, scales and zero points of W·diag(s); s itself is not among the parts. */
export function encodeScaled(
  tensor: ReferenceTensor,
  s: Float32Array,
  options: CodecOptions,
  inputs?: ReferenceInputs,
): Parts {
  const layout = awqLayout(tensor.shape, options);
  const values = scaled(tensor, s);
  const parts = new Map(rtnParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  const scales = new Uint16Array(layout.rows * layout.groupsPerRow);
  eachGroup(values, layout, (weights, index, _, first) => {
    const choice = searchLimit(weights, s.subarray(first), first, layout, inputs);
    scales[index] = choice.scale;
    if (layout.asymmetric) writeCode(parts.get('zeros')!, 0, index, layout.bits, choice.zero);
  });
  parts.set('scales', bytesOf16(scales));
  requireHalfScales('The matrix', parts.get('scales')!);
  return requantiseRtn(values, tensor.shape, options, parts);
}

/** The codes that belong to scales, zero points and s already stored in `parts`. */
export function requantise(
  values: Float32Array,
  shape: MatrixShape,
  options: CodecOptions,
  parts: Parts,
): Parts {
  const stored = parts.get('inputScale');
  if (!stored) return requantiseRtn(values, shape, options, parts);
  const s = halvesToFloats(bits16Of(stored));
  const codes = requantiseRtn(scaled({ values, shape }, s), shape, options, parts);
  return new Map(codes).set('inputScale', stored);
}

const reference: CodecReference = {
  encode(values, shape, options, inputs) {
    const tensor = { values, shape };
    const one = new Float32Array(shape[1]).fill(1);
    if (!inputs) return encodeScaled(tensor, one, options);
    checkActivations('The matrix', inputs.meanAbs);
    const { s } = searchExponent([tensor], options, inputs, true);
    const parts = encodeScaled(tensor, s, options, inputs);
    return isOne(s) ? parts : new Map(parts).set('inputScale', bytesOf16(floatsToHalves(s)));
  },

  decode(parts, shape, options) {
    const values = rtn.decode(parts, shape, options);
    const stored = parts.get('inputScale');
    if (!stored) return values;
    const s = halvesToFloats(bits16Of(stored));
    return values.map((w, i) => w / s[i % shape[1]]);
  },

  requantise,
};

export default reference;
