import type { Scope } from '../../artefact/recipe';
import type { CodecMeta, CodecOptions, CodecSpec, OptionValue } from '../../codecs/contract/meta';
import { storesForOthers } from '../../codecs/contract/registry';

/** A format in which models are written for other tools. */
export interface ExportFormat {
  id: 'gguf' | FolderFormat | 'onnx';
  label: string;
  /** Whether it is one file or a folder in hub layout. */
  kind: 'file' | 'folder';
  /** What it is for. */
  use: string;
  /** What it holds; absent if it takes any weights. */
  holds?: readonly Holds[];
}

/** Formats that are a folder in hub layout. */
export type FolderFormat = 'safetensors' | 'gptq' | 'awq' | 'mlx' | 'compressed-tensors' | 'bitsandbytes';

/** What of a codec and a model a format holds, as far as it does not depend on the sizes of matrices. */
interface Holds {
  stores: NonNullable<CodecMeta['stores']>;
  /**
   * The values of the codec's options, where it has them; integers without the option `bits` have 8, without `group` rows, without
   * `activations` inputs in float.
   */
  options?: Readonly<Record<string, readonly OptionValue[]>>;
  /** The architectures; by default all. */
  architectures?: readonly string[];
  /** Whether tables of tokens may be quantised, too. */
  tables?: true;
}

const LINEAR_MODELS = ['codegen', 'gpt-neo', 'gpt-neox', 'llama', 'opt', 'phi3', 'qwen3'];
const TEXT_MODELS = ['gpt2', ...LINEAR_MODELS];
const IMAGE_MODELS = ['vit', 'tiny-classifier'];
/** The format has no inputs that are rounded, too. */
const WEIGHTS_ONLY = { activations: ['float'] };
const GROUPS_FROM_16 = ['16', '32', '64', '128', '256', 'row'];

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  { id: 'gguf', label: 'GGUF', kind: 'file', use: 'llama.cpp' },
  { id: 'safetensors', label: 'float32', kind: 'folder', use: 'the decoded weights, for transformers' },
  {
    ...{ id: 'gptq', label: 'GPTQ', kind: 'folder', use: 'transformers and vLLM' },
    holds: [
      {
        stores: 'integers',
        options: { bits: [2, 3, 4, 8], ...WEIGHTS_ONLY },
        architectures: TEXT_MODELS,
      },
    ],
  },
  {
    ...{ id: 'awq', label: 'AWQ', kind: 'folder', use: 'transformers and vLLM' },
    holds: [{ stores: 'integers', options: { bits: [4], ...WEIGHTS_ONLY }, architectures: LINEAR_MODELS }],
  },
  {
    ...{ id: 'compressed-tensors', label: 'compressed-tensors', kind: 'folder' },
    use: 'transformers and vLLM',
    holds: [
      { stores: 'integers', options: { bits: [4, 8] }, architectures: [...LINEAR_MODELS, ...IMAGE_MODELS] },
      {
        stores: 'float8',
        options: { format: ['e4m3'] },
        architectures: [...LINEAR_MODELS, ...IMAGE_MODELS],
      },
    ],
  },
  {
    ...{ id: 'bitsandbytes', label: 'bitsandbytes', kind: 'folder', use: 'transformers' },
    holds: [
      {
        stores: 'levels',
        options: { block: [64, 128, 256, 512, 1024] },
        architectures: TEXT_MODELS,
      },
      {
        stores: 'integers',
        options: { bits: [8], group: ['row'], activations: ['int8'] },
        architectures: TEXT_MODELS,
      },
    ],
  },
  {
    ...{ id: 'mlx', label: 'MLX', kind: 'folder', use: 'mlx-lm' },
    holds: [
      {
        stores: 'integers',
        options: { bits: [2, 3, 4, 5, 6, 8], group: ['32', '64', '128'], ...WEIGHTS_ONLY },
        architectures: ['gpt-neox', 'llama', 'phi3', 'qwen3'],
        tables: true,
      },
    ],
  },
  {
    ...{ id: 'onnx', label: 'ONNX', kind: 'file', use: 'ONNX Runtime' },
    holds: [
      {
        stores: 'integers',
        options: { bits: [2, 4, 8], group: GROUPS_FROM_16, ...WEIGHTS_ONLY },
        tables: true,
      },
    ],
  },
];

/** Whether a format may hold what a codec stores of a model. Sizes of matrices are only known when it is written. */
export function mayHold(
  { holds }: ExportFormat,
  spec: CodecSpec,
  { scope, architecture }: { scope: Scope; architecture: string },
): boolean {
  if (!holds) return true;
  const stored = storesForOthers(spec);
  const integers = { bits: 8, group: 'row', activations: 'float' };
  const options: CodecOptions = { ...(stored === 'integers' && integers), ...spec.options };
  return holds.some(
    ({ stores, options: allowed = {}, architectures, tables }) =>
      stores === stored &&
      (tables || scope === 'linear') &&
      (architectures?.includes(architecture) ?? true) &&
      Object.entries(allowed).every(([key, values]) => !(key in options) || values.includes(options[key])),
  );
}
