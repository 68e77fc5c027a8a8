import { LabError, throwIfAborted } from '../base/errors';
import { pause } from '../base/pause';
import { hostOutputSquares } from '../calibrate/outputError';
import { REFERENCE_TENSOR, type GroupResult, type TensorGroup } from '../codecs/contract/codec';
import { checkEncoded, checkParts, checkSource } from '../codecs/contract/coding';
import { damaged, type Parts } from '../codecs/contract/parts';
import type { OwnedWeights, TensorSource } from '../runtime/forward/weights';
import { hostMatrix, type HostMatrix } from '../runtime/linear/matrix';
import type { EncodeContext, Processor } from './processor';

/**
 * Returns what runs codecs by their references on the CPU, for a lab without an adapter. Where a codec promises equal codes, its
 * bytes are those of the GPU.
 */
export function hostProcessor(): Processor {
  const encodeOne: Processor['encode'] = async (codec, tensor, options, context) => {
    checkSource(codec, tensor, context);
    await pause(context.signal);
    const { values, shape, name } = tensor;
    const { rowCounts } = context;
    const parts = named(name, () =>
      codec.reference.encode(values, shape, options, referenceInputs(context), rowCounts),
    );
    checkEncoded(codec, tensor, options, parts);
    return parts;
  };
  return {
    encode: encodeOne,

    async encodeGroup(codec, group, options, context): Promise<GroupResult> {
      const { encodeGroup } = codec.reference;
      if (!encodeGroup) {
        const parts = new Map<string, Parts>();
        for (const tensor of group.tensors)
          parts.set(tensor.name, await encodeOne(codec, tensor, options, context));
        return { parts };
      }
      for (const tensor of group.tensors) checkSource(codec, tensor, context);
      await pause(context.signal);
      const result = named(groupName(group), () => encodeGroup(group, options, referenceInputs(context)));
      for (const tensor of group.tensors)
        checkEncoded(codec, tensor, options, result.parts.get(tensor.name) ?? new Map());
      return result;
    },

    async decode(codec, stored, signal): Promise<HostMatrix> {
      checkParts(codec, stored);
      await pause(signal);
      const { name, shape, options, parts } = stored;
      const values = named(name, () => codec.reference.decode(parts, shape, options));
      return { label: name, rows: shape[0], columns: shape[1], values };
    },

    async packed(_, { name }) {
      throw new LabError(
        'unsupported',
        `${name} is multiplied with a quantised input, which only a GPU does, and there is no WebGPU adapter.`,
        'Choose activations=float, or use a machine with an adapter.',
      );
    },

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
    outputSquares: hostOutputSquares,
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

/** Runs a reference, and names the tensor in its errors. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const message = error.message.replaceAll(REFERENCE_TENSOR, name);
    if (error.code === 'bad-file' && !message.includes(name)) throw damaged(name, message);
    throw new LabError(error.code, message, error.remedy, error);
  }
}

function groupName({ tensors }: TensorGroup): string {
  return tensors.map(({ name }) => name).join(', ');
}
