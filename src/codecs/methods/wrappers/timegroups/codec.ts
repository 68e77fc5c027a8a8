import { LabError } from '../../../../base/errors';
import type { StepInputs } from '../../../../calibrate/steps';
import { allocateMatrix, releaseMatrix } from '../../../../runtime/linear/matrix';
import { timedLinear } from '../../../../runtime/linear/timedLinear';
import {
  REFERENCE_TENSOR,
  type Codec,
  type CodecContext,
  type CodecReference,
  type CodedTensor,
  type GroupResult,
  type SourceTensor,
} from '../../../contract/codec';
import { decodeTensor, encodeGroup, encodeTensor } from '../../../contract/coding';
import type { CodecOptions } from '../../../contract/meta';
import type { Parts } from '../../../contract/parts';
import { workOf } from '../../../contract/work';
import { defineWrapper } from '../../../contract/wrapper';
import { chooseTimes } from './choose';
import meta from './meta';
import type { TimeGroupOptions } from './options';
import { readTimes, TIMES, TIMES_PART, writeTimes } from './table';

/** Adds the table of a tensor to the parts of its weights. It is empty for a tensor that no layer reads. */
function withTimes(
  tensor: SourceTensor,
  parts: Parts,
  options: TimeGroupOptions,
  inputs: { steps?: readonly StepInputs[] } | undefined,
): Parts {
  const times = inputs ? writeTimes(chooseTimes(tensor, options, requireSteps(inputs))) : new Uint8Array();
  return new Map([...parts, [TIMES, times]]);
}

function requireSteps({ steps }: { steps?: readonly StepInputs[] }): readonly StepInputs[] {
  if (steps) return steps;
  throw new LabError(
    'bad-plan',
    'timegroups rounds activations by the time step of a diffusion model, and this model has no time steps.',
    'Use smoothquant for other models, or choose a diffusion model.',
  );
}

/** Returns a tensor without the table. */
function unwrap(stored: CodedTensor<TimeGroupOptions>, options: CodecOptions): CodedTensor {
  const parts = new Map(stored.parts);
  parts.delete(TIMES);
  return { ...stored, options, parts };
}

function timesOf({ name, parts, options }: CodedTensor<TimeGroupOptions>) {
  return readTimes(name, parts.get(TIMES)!, options);
}

function withTables(
  tensors: readonly SourceTensor[],
  result: GroupResult,
  options: TimeGroupOptions,
  inputs: { steps?: readonly StepInputs[] } | undefined,
): GroupResult {
  const parts = new Map(
    tensors.map((tensor) => [
      tensor.name,
      withTimes(tensor, result.parts.get(tensor.name)!, options, inputs),
    ]),
  );
  return { ...result, parts };
}

/** Makes the reference, which adds the table to the inner codec's reference. */
function timedReference({ reference }: Codec, innerOptions: CodecOptions): CodecReference<TimeGroupOptions> {
  const name = REFERENCE_TENSOR;
  const { encodeGroup: innerGroup } = reference;
  return {
    encode(values, shape, options, inputs, rowCounts) {
      const parts = reference.encode(values, shape, innerOptions, inputs, rowCounts);
      return withTimes({ name, shape, values }, parts, options, inputs);
    },
    encodeGroup:
      innerGroup &&
      (({ tensors }, options, inputs) =>
        withTables(tensors, innerGroup({ tensors }, innerOptions, inputs), options, inputs)),
    decode(parts, shape, options) {
      const stored = { name, shape, options, parts };
      timesOf(stored);
      return reference.decode(unwrap(stored, innerOptions).parts, shape, innerOptions);
    },
    inputRounding: (parts, shape, options) => timesOf({ name, shape, options, parts }),
  };
}

export default defineWrapper(meta, (inner, innerOptions) => {
  if (inner.quantisesActivations?.(innerOptions))
    throw new LabError(
      'bad-plan',
      `timegroups rounds activations, and ${inner.meta.id} with these options rounds them, too.`,
      'Use an inner codec that rounds only weights.',
    );
  const codec: Codec<TimeGroupOptions> = {
    meta: { ...meta, orientation: inner.meta.orientation, columnsMultiple: inner.meta.columnsMultiple },
    layout: (shape) => [...inner.layout(shape, innerOptions), TIMES_PART],
    encodeWork: (shape) => workOf(inner, shape, innerOptions),

    async encode(tensor, options, context) {
      const parts = await encodeTensor(inner, tensor, innerOptions, context);
      return withTimes(tensor, parts, options, context.inputs);
    },

    async decode(stored, target, context) {
      timesOf(stored);
      await decodeTensor(inner, unwrap(stored, innerOptions), target, context);
    },

    async linear(stored, context) {
      const rounding = timesOf(stored);
      const weights = unwrap(stored, innerOptions);
      if (rounding.times.length === 0) return inner.linear?.(weights, context);
      const { gpu } = context;
      const matrix = allocateMatrix(gpu, ...stored.shape, stored.name);
      try {
        await decodeTensor(inner, weights, matrix, context);
        return timedLinear(gpu, matrix, rounding);
      } catch (error) {
        releaseMatrix(gpu.buffers, matrix);
        throw error;
      }
    },

    quantisesActivations: () => true,
    decodeTolerance: inner.decodeTolerance,
    equalCodes: () => inner.equalCodes?.(innerOptions) ?? true,
    errorBound: () => inner.errorBound(innerOptions),
    reference: timedReference(inner, innerOptions),
  };
  // A scale is not folded into a norm, since the calibrated ranges are those of the norm as it is.
  if (inner.encodeGroup)
    codec.encodeGroup = async ({ tensors }, options, context: CodecContext) =>
      withTables(
        tensors,
        await encodeGroup(inner, { tensors }, innerOptions, context),
        options,
        context.inputs,
      );
  return codec;
});
