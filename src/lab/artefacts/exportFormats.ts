import type { CodecMeta } from '../../codecs/contract/meta';

/** A format in which models are written for other tools. */
export interface ExportFormat {
  id: 'gguf' | FolderFormat | 'onnx';
  label: string;
  /** Whether it is one file or a folder in hub layout. */
  kind: 'file' | 'folder';
  /** What it is for. */
  use: string;
  /** The codes that it stores; absent if it takes any weights. */
  codes?: readonly NonNullable<CodecMeta['stores']>[];
}

/** Formats that are a folder in hub layout. */
export type FolderFormat = 'safetensors' | 'gptq' | 'awq' | 'mlx' | 'compressed-tensors';

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  { id: 'gguf', label: 'GGUF', kind: 'file', use: 'llama.cpp' },
  { id: 'safetensors', label: 'float32', kind: 'folder', use: 'the decoded weights, for transformers' },
  { id: 'gptq', label: 'GPTQ', kind: 'folder', use: 'transformers and vLLM', codes: ['integers'] },
  { id: 'awq', label: 'AWQ', kind: 'folder', use: 'transformers and vLLM', codes: ['integers'] },
  {
    ...{ id: 'compressed-tensors', label: 'compressed-tensors', kind: 'folder' },
    ...{ use: 'transformers and vLLM', codes: ['integers', 'float8'] },
  },
  { id: 'mlx', label: 'MLX', kind: 'folder', use: 'mlx-lm', codes: ['integers'] },
  { id: 'onnx', label: 'ONNX', kind: 'file', use: 'ONNX Runtime', codes: ['integers'] },
];
