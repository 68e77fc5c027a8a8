import { throwIfAborted } from '../base/errors';
import { squaredError } from '../base/errorSums';
import { pause } from '../base/pause';
import type { ReferenceInputs } from '../calibrate/inputs';
import type { Codec, GroupResult, SourceTensor, TensorGroup } from '../codecs/contract/codec';
import { checkEncoded, checkParts, checkSource, namingTensor } from '../codecs/contract/coding';
import type { CodecOptions } from '../codecs/contract/meta';
import type { Parts } from '../codecs/contract/parts';
import type { OwnedWeights, TensorSource } from '../runtime/forward/weights';
import { hostMatrix, type HostMatrix } from '../runtime/linear/matrix';
import type { EncodeContext, Processor } from './processor';

/** What a reference encodes, as plain data, which another thread can be sent. */
export interface ReferenceWork {
  /** Tensors that are encoded together, or one alone. */
  source: TensorGroup | SourceTensor;
  options: CodecOptions;
  inputs?: ReferenceInputs;
  rowCounts?: Float32Array;
}

/** Runs the reference of a codec. `encodeByReference` does it here. @throws LabError of the reference; Cancelled */
export type RunReference = (
  codec: Codec,
  work: ReferenceWork,
  signal?: AbortSignal,
) => Promise<GroupResult> | GroupResult;

/** Encodes by the reference of a codec. @returns the parts of one tensor under its name */
export function encodeByReference(
  { reference }: Codec,
  { source, options, inputs, rowCounts }: ReferenceWork,
): GroupResult {
  if ('tensors' in source)
    return namingTensor(groupName(source), () => reference.encodeGroup!(source, options, inputs));
  const { name, shape, values } = source;
  const parts = namingTensor(name, () => reference.encode(values, shape, options, inputs, rowCounts));
  return { parts: new Map([[name, parts]]) };
}

/**
 * Returns what runs codecs by their references on the CPU, for a lab without an adapter. Where a codec promises equal codes, its
 * bytes are those of the GPU.
 * @param run encodes, which may take minutes
 */
export function hostProcessor(run: RunReference = encodeByReference): Processor {
  const encode = async (
    codec: Codec,
    source: TensorGroup | SourceTensor,
    options: CodecOptions,
    context: EncodeContext,
  ): Promise<GroupResult> => {
    const tensors = 'tensors' in source ? source.tensors : [source];
    for (const tensor of tensors) checkSource(codec, tensor, context);
    const { rowCounts, signal } = context;
    await pause(signal);
    const inputs = referenceInputs(context);
    const result = await run(codec, { source, options, inputs, rowCounts }, signal);
    for (const tensor of tensors)
      checkEncoded(codec, tensor, options, result.parts.get(tensor.name) ?? new Map());
    return result;
  };
  const encodeOne: Processor['encode'] = async (codec, tensor, options, context) =>
    (await encode(codec, tensor, options, context)).parts.get(tensor.name)!;

  return {
    encode: encodeOne,

    async encodeGroup(codec, group, options, context): Promise<GroupResult> {
      if (codec.reference.encodeGroup) return encode(codec, group, options, context);
      const parts = new Map<string, Parts>();
      for (const tensor of group.tensors)
        parts.set(tensor.name, await encodeOne(codec, tensor, options, context));
      return { parts };
    },

    async squaredError(codec, tensor, options, context) {
      const { values, shape, name } = tensor;
      checkSource(codec, tensor, context);
      await pause(context.signal);
      const { reference } = codec;
      const direct = namingTensor(name, () => reference.squaredError?.(values, shape, options));
      if (Number.isFinite(direct)) return direct!;
      // Encoding also says what is wrong with weights whose error is not finite.
      const parts = await encodeOne(codec, tensor, options, context);
      return squaredError(values, reference.decode(parts, shape, options));
    },

    async decode(codec, stored, signal): Promise<HostMatrix> {
      checkParts(codec, stored);
      await pause(signal);
      const { name, shape, options, parts } = stored;
      const values = namingTensor(name, () => codec.reference.decode(parts, shape, options));
      return { label: name, rows: shape[0], columns: shape[1], values };
    },

    packed: () => Promise.resolve(undefined),
    matrix: (values, rows, columns, label) => ({ label, rows, columns, values }),
    read: async (matrix) => hostMatrix(matrix).values.slice(),
    release: () => undefined,
    settled: async () => undefined,

    load: async (model, signal) => hostWeights(await valuesOf(model, signal)),
    weights: (_, matrices) =>
      hostWeights(new Map([...matrices].map(([name, matrix]) => [name, hostMatrix(matrix).values]))),
    view: (matrix) => ({ values: async (name) => hostMatrix(matrix(name)).values }),
    replacing: (weights, replaced, matrix) => ({
      values: async (name) => (name === replaced ? hostMatrix(matrix).values : weights.values(name)),
    }),
  };
}

async function valuesOf(
  { shape, tensor }: TensorSource,
  signal?: AbortSignal,
): Promise<Map<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const spec of shape.tensors) {
    throwIfAborted(signal);
    values.set(spec.name, await tensor(spec));
  }
  return values;
}

/** Weights in main memory by name. The garbage collector frees them. */
function hostWeights(values: ReadonlyMap<string, Float32Array>): OwnedWeights {
  return {
    values: async (name) => values.get(name)!,
    bytes: [...values.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    dispose: () => undefined,
  };
}

function referenceInputs({ inputs }: EncodeContext) {
  return inputs && { ...inputs, gram: hostMatrix(inputs.gram).values };
}

function groupName({ tensors }: TensorGroup): string {
  return tensors.map(({ name }) => name).join(', ');
}
