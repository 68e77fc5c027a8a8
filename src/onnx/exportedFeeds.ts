import { LabError } from '../base/errors';
import type { InferenceSession, OrtApi } from './runtime';

/** Token ids [sequences, length] or pixels [images, channels, size, size]. */
export interface ExportedInput {
  dims: readonly number[];
  values: Uint32Array | Float32Array;
}

type Metadata = InferenceSession.ValueMetadata;
type Feed = InferenceSession.FeedsType[string];

/**
 * Returns the feeds of an ONNX file from another exporter for one run over whole sequences. The names are those that torch's
 * exporter and Hugging Face's optimum give to the inputs of language models and image classifiers. Caches of earlier tokens
 * are empty.
 * @throws LabError unsupported naming an input with another name, or a cache whose sizes the file does not state
 */
export function exportedFeeds(
  api: OrtApi,
  inputs: readonly Metadata[],
  { dims, values }: ExportedInput,
): InferenceSession.FeedsType {
  const integers = (of: (index: number) => number): Feed =>
    new api.Tensor(
      'int64',
      BigInt64Array.from({ length: values.length }, (_, i) => BigInt(of(i))),
      dims,
    );
  const known: Readonly<Record<string, () => Feed>> = {
    input_ids: () => integers((i) => values[i]),
    attention_mask: () => integers(() => 1),
    position_ids: () => integers((i) => i % dims[1]),
    pixel_values: () => new api.Tensor('float32', values as Float32Array, dims),
    use_cache_branch: () => new api.Tensor('bool', Uint8Array.of(0), [1]),
  };
  const feed = (input: Metadata): Feed => {
    if (/^past_key_values\./.test(input.name)) return emptyCache(api, input, dims[0]);
    if (Object.hasOwn(known, input.name)) return known[input.name]();
    throw unsupported(
      `an input ${JSON.stringify(input.name.slice(0, 80))}, which a plain forward pass does not have`,
    );
  };
  return Object.fromEntries(inputs.map((input) => [input.name, feed(input)]));
}

/** Returns empty keys or values, [sequences, heads, 0, head width]. */
function emptyCache(api: OrtApi, input: Metadata, sequences: number): Feed {
  const shape = input.isTensor ? input.shape : [];
  const [, heads, , width] = shape;
  if (shape.length !== 4 || typeof heads !== 'number' || typeof width !== 'number')
    throw unsupported(
      `a cache ${JSON.stringify(input.name.slice(0, 80))} without the number of its heads and their width`,
    );
  return new api.Tensor('float32', new Float32Array(0), [sequences, heads, 0, width]);
}

function unsupported(what: string): LabError {
  return new LabError(
    'unsupported',
    `The ONNX file has ${what}.`,
    'Export it for the task text-generation or image-classification: optimum-cli export onnx --model NAME FOLDER.',
  );
}
