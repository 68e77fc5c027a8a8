import { foldScale } from '../../../kit/foldScale';
import { floatsToHalves, halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { writeCode } from '../../../kit/bits';
import { halfValues } from '../../../kit/halves';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import {
  quantiseToGrid,
  requantiseUniformGrid,
  searchScale,
  uniformGridReference,
  type GridScale,
} from '../../../kit/uniformGrid/reference';
import { awqParts, type AwqLayout, type AwqParts } from './layout';
import { argMin, checkCalibration, columnScale, isOne } from './scale';

/** One matrix of a group that reads one activation. */
export interface ReferenceTensor {
  values: Float32Array;
  layout: AwqLayout;
}

/** Computes W·diag(s) in float32, as the kernels do. */
export function scaled({ values, layout: { columns } }: ReferenceTensor, s: Float32Array): Float32Array {
  return values.map((w, i) => w * s[i % columns]);
}

/** Clips a group's weights to ± a share of its largest |w|. */
function limited(group: Float32Array, share: number): Float32Array {
  const limit = Math.fround(share * group.reduce((max, w) => Math.max(max, Math.abs(w)), 0));
  return group.map((w) => Math.max(-limit, Math.min(limit, w)));
}

/** Computes the errors of a group's weights in units of the unscaled W: (w·s − q·scale) ÷ s. */
function errorsOf(group: Float32Array, choice: GridScale, s: Float32Array, layout: AwqLayout): Float64Array {
  const step = halfBitsToFloat(choice.scale);
  return Float64Array.from(group, (w, i) => (w - quantiseToGrid(w, choice, layout) * step) / s[i]);
}

/** Computes eᵀ G e over the columns first … first + e.length − 1; without inputs, G is the identity. */
function weighted(e: Float64Array, first: number, columns: number, inputs?: ReferenceInputs): number {
  let sum = 0;
  for (let i = 0; i < e.length; i++) {
    if (!inputs) sum += e[i] * e[i];
    else
      for (let j = 0; j < e.length; j++) sum += e[i] * e[j] * inputs.gram[(first + i) * columns + first + j];
  }
  return sum;
}

/** Chooses the scale of one group, with its range limited by the share that minimises eᵀ G e. */
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
  return choices[argMin(errors)];
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

/** Computes W − dequant(quant(W·diag(s)))·diag(s)⁻¹ with plain min-max ranges. */
function roundingError(tensor: ReferenceTensor, s: Float32Array): Float64Array {
  const { layout } = tensor;
  const error = new Float64Array(tensor.values.length);
  eachGroup(scaled(tensor, s), layout, (weights, _, row, first) => {
    const choice = searchScale(weights, layout);
    error.set(errorsOf(weights, choice, s.subarray(first), layout), row * layout.columns + first);
  });
  return error;
}

/** Computes tr(E G Eᵀ) of a matrix of errors. */
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
 * Finds the exponent that minimises the summed output error of all tensors, and its s.
 * @param half whether s is rounded to float16 (to be stored), else to float32 (to be folded into a norm)
 */
export function searchExponent(
  tensors: readonly ReferenceTensor[],
  inputs: ReferenceInputs,
  half: boolean,
): { alpha: number; s: Float32Array; errors: number[] } {
  const { exponents, columns } = tensors[0].layout;
  const errors = exponents.map((alpha) => {
    const s = columnScale(inputs.meanAbs, alpha, half);
    return tensors.reduce((sum, tensor) => sum + outputError(roundingError(tensor, s), columns, inputs), 0);
  });
  const alpha = exponents[argMin(errors)];
  return { alpha, s: columnScale(inputs.meanAbs, alpha, half), errors };
}

/** Computes codes, scales and zero points of W·diag(s); s itself is not among the parts. */
export function encodeScaled(tensor: ReferenceTensor, s: Float32Array, inputs?: ReferenceInputs): AwqParts {
  const { layout } = tensor;
  const values = scaled(tensor, s);
  const parts = zeroedParts(awqParts(layout));
  const scales = new Uint16Array(layout.rows * layout.groupsPerRow);
  eachGroup(values, layout, (weights, index, _, first) => {
    const choice = searchLimit(weights, s.subarray(first), first, layout, inputs);
    scales[index] = choice.scale;
    if (parts.zeros) writeCode(parts.zeros, 0, index, layout.bits, choice.zero);
  });
  const stored = { ...parts, scales: bytesOf16(scales) };
  requireHalfScales('The matrix', stored.scales);
  return requantiseUniformGrid(values, layout, stored);
}

export const awqReference: ReferenceDefinition<AwqLayout, AwqParts> = {
  encode(values, layout, inputs) {
    const tensor = { values, layout };
    if (!inputs || layout.fold === 'only')
      return encodeScaled(tensor, new Float32Array(layout.columns).fill(1), inputs);
    checkCalibration('The matrix', inputs.meanAbs);
    const { s } = searchExponent([tensor], inputs, true);
    const parts = encodeScaled(tensor, s, inputs);
    return isOne(s) ? parts : { ...parts, inputScale: bytesOf16(floatsToHalves(s)) };
  },

  /** Shares one s between tensors directly after a norm, by which the norm is divided. */
  encodeGroup({ tensors, norm }, inputs) {
    if (!norm || !inputs || tensors[0].layout.fold === 'false') {
      const alone = tensors.map(({ name, values, layout }) => [
        name,
        awqReference.encode(values, layout, inputs),
      ]);
      return { parts: new Map(alone as [string, AwqParts][]) };
    }
    checkCalibration('The matrix', inputs.meanAbs);
    const { s } = searchExponent(tensors, inputs, false);
    const parts = new Map(tensors.map((tensor) => [tensor.name, encodeScaled(tensor, s, inputs)]));
    return isOne(s) ? { parts } : { parts, replaced: foldScale(norm, s), columnScale: s };
  },

  decode(parts, layout) {
    const values = uniformGridReference.decode(parts, layout);
    if (!parts.inputScale) return values;
    const s = halfValues(parts.inputScale);
    return values.map((w, i) => w / s[i % layout.columns]);
  },

  /** Computes the codes for given scales, zero points and s. */
  requantise(values, layout, stored) {
    const { inputScale } = stored;
    if (!inputScale) return requantiseUniformGrid(values, layout, stored);
    const s = halfValues(inputScale);
    return { ...requantiseUniformGrid(scaled({ values, layout }, s), layout, stored), inputScale };
  },
};
