import { LabError } from '../../base/errors';
import { quoted, shown } from '../../base/shown';
import type { FileTensor } from '../../formats/fileTensor';
import { QUANTISED_FORMATS } from '../../formats/quantised/formats';
import { RestoredTensor, type QuantisedCheckpoint } from '../../formats/quantised/types';
import type { ModelShape } from '../architecture';
import type { StoredWeights } from '../model';
import { firstPacked, QUANTISATION_KEYS } from './quantisation';
import type { Weights } from './weights';

const PARTS = ['codes', 'scales', 'codebooks', 'tables'] as const;

/**
 * Restores the weights of a quantised checkpoint, which its config.json announces. Values are restored when they are read.
 * @returns undefined for a checkpoint that is not quantised
 * @throws LabError unsupported for a method, version, width or layout that is not implemented; bad-file for tensors that do not fit
 */
export async function openQuantised(
  config: Readonly<Record<string, unknown>>,
  shape: ModelShape,
  prefix: string,
  tensors: ReadonlyMap<string, FileTensor>,
): Promise<QuantisedCheckpoint | undefined> {
  const settings = settingsOf(config);
  if (!settings) {
    refusePacked(tensors);
    return undefined;
  }
  const open = QUANTISED_FORMATS[methodOf(settings)];
  const conv1d = new Set(
    shape.tensors
      .filter(({ transposed }) => transposed)
      .flatMap(({ name }) => [name, withoutPrefix(name, prefix)]),
  );
  return (await open()).open({ settings, tensors, isConv1d: (name) => conv1d.has(name) });
}

/**
 * Returns how the files of a model store its weights.
 * @param found its tensors by their names in `ModelShape`
 */
export function storedWeights(
  quantised: QuantisedCheckpoint | undefined,
  found: ReadonlyMap<string, FileTensor>,
  { tensors, bytes: fileBytes }: Weights,
): StoredWeights {
  const bytes = { codes: 0, scales: 0, codebooks: 0, tables: 0, float: 0 };
  for (const tensor of (quantised?.tensors ?? tensors).values()) {
    if (!(tensor instanceof RestoredTensor)) bytes.float += tensor.byteLength;
    else for (const part of PARTS) bytes[part] += tensor.stored[part];
  }
  const types = [...new Set([...found.values()].map(({ dtype }) => dtype))];
  return {
    scheme: quantised?.scheme ?? `safetensors or PyTorch, ${types.join(' and ')}`,
    ...(quantised?.note !== undefined && { note: quantised.note }),
    fileBytes,
    assetBytes: 0,
    bytes,
    tensorBytes: new Map(
      [...found].flatMap(([name, tensor]) =>
        tensor instanceof RestoredTensor ? [[name, tensor.storedBytes] as const] : [],
      ),
    ),
  };
}

type Settings = Readonly<Record<string, unknown>>;

function settingsOf(config: Settings): Settings | undefined {
  for (const key of QUANTISATION_KEYS) {
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    if (value === undefined || value === null) continue;
    if (typeof value === 'object' && !Array.isArray(value)) return value as Settings;
    throw refused(`${key} in config.json is ${shown(value)}`);
  }
  return undefined;
}

/** Returns the method; MLX writes none, but always a group size and bits. */
function methodOf(settings: Settings): string {
  const method = Object.hasOwn(settings, 'quant_method') ? settings.quant_method : undefined;
  if (typeof method === 'string' && method !== 'mlx' && Object.hasOwn(QUANTISED_FORMATS, method))
    return method;
  if (method === undefined && 'bits' in settings && 'group_size' in settings) return 'mlx';
  throw refused(`the quant_method in config.json is ${method === undefined ? 'missing' : shown(method)}`);
}

/** Refuses packed weights whose config.json does not say how they are packed. */
function refusePacked(tensors: ReadonlyMap<string, FileTensor>): void {
  const packed = firstPacked(tensors);
  if (packed === undefined) return;
  throw refused(`it holds ${quoted(packed)}, but config.json has no quantization_config`);
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function refused(why: string): LabError {
  const known = Object.keys(QUANTISED_FORMATS).join(', ');
  return new LabError(
    'unsupported',
    `The quantised checkpoint cannot be read: ${why}.`,
    `Choose a file quantised by one of these: ${known}, or GGUF.`,
  );
}
