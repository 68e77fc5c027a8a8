import { LabError } from '../../base/errors';
import type { TensorSpec } from '../architecture';

/** The type of a file, which is that of its matrices. */
export interface GgufFileType {
  /** The block type of its matrices. */
  name: string;
  /** The value of `general.file_type` (llama.h, `llama_ftype`). */
  number: number;
  /**
   * Whether the embedding and the head have the type as well. Ternary files keep them in float16, as llama.cpp's
   * converter does.
   */
  tables: boolean;
}

/** The file types that can be exported. */
export const FILE_TYPES: readonly GgufFileType[] = [
  { name: 'F32', number: 0, tables: true },
  { name: 'F16', number: 1, tables: true },
  { name: 'Q8_0', number: 7, tables: true },
  { name: 'Q4_0', number: 2, tables: true },
  { name: 'TQ1_0', number: 36, tables: false },
  { name: 'TQ2_0', number: 37, tables: false },
];

/**
 * Returns the file type `name`, in upper or lower case.
 * @throws LabError bad-plan for an unknown type
 */
export function fileType(name: string): GgufFileType {
  const found = FILE_TYPES.find((type) => type.name === name.toUpperCase());
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `Files of the GGUF type "${name.slice(0, 60)}" cannot be written.`,
    `Choose one of ${FILE_TYPES.map((type) => type.name).join(', ')}.`,
  );
}

/** Roles of tensors that are always float32, as in llama.cpp's converter and quantiser. */
const FLOAT32_ROLES: ReadonlySet<TensorSpec['role']> = new Set(['norm', 'bias', 'position']);
const TABLES: ReadonlySet<TensorSpec['role']> = new Set(['embedding', 'head']);

/** The type of one tensor in a file. */
export interface TensorType {
  /** The name of its block type. */
  type: string;
  /** Whether it is kept as F16 because its row length is not a multiple of the block size. */
  kept: boolean;
}

/** Returns the type of a tensor in a file of type `file`. @param blockSize the block size of the file's type */
export function tensorType(spec: TensorSpec, file: GgufFileType, blockSize: number): TensorType {
  if (FLOAT32_ROLES.has(spec.role)) return { type: 'F32', kept: false };
  if (TABLES.has(spec.role) && !file.tables) return { type: 'F16', kept: false };
  const kept = spec.matrix[1] % blockSize !== 0;
  return { type: kept ? 'F16' : file.name, kept };
}
