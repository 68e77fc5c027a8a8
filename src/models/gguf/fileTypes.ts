import { LabError } from '../../base/errors';
import type { TensorSpec } from '../architecture';

/** What a file as a whole is called after: the type of its matrices. */
export interface GgufFileType {
  /** The block type of its matrices. */
  name: string;
  /** `general.file_type` (llama.h, `llama_ftype`). */
  number: number;
  /** Whether the token table and the head are coded too. Ternary files keep them in float16, as llama.cpp's converter does. */
  tables: boolean;
}

export const FILE_TYPES: readonly GgufFileType[] = [
  { name: 'F32', number: 0, tables: true },
  { name: 'F16', number: 1, tables: true },
  { name: 'Q8_0', number: 7, tables: true },
  { name: 'Q4_0', number: 2, tables: true },
  { name: 'TQ1_0', number: 36, tables: false },
  { name: 'TQ2_0', number: 37, tables: false },
];

/** @throws LabError bad-plan listing the types */
export function fileType(name: string): GgufFileType {
  const found = FILE_TYPES.find((type) => type.name === name.toUpperCase());
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `There is no GGUF type "${name.slice(0, 60)}" here.`,
    `Choose one of ${FILE_TYPES.map((type) => type.name).join(', ')}.`,
  );
}

/** Always float32, as llama.cpp's converter and quantiser keep them. */
const FLOAT32_ROLES: ReadonlySet<TensorSpec['role']> = new Set(['norm', 'bias', 'position']);
const TABLES: ReadonlySet<TensorSpec['role']> = new Set(['embedding', 'head']);

export interface TensorType {
  /** Name of the block type. */
  type: string;
  /** Kept in float16 because its row length is not a multiple of the block size. */
  kept: boolean;
}

/** The block type of one tensor in a file of this type. @param blockSize of the file's block type */
export function tensorType(spec: TensorSpec, file: GgufFileType, blockSize: number): TensorType {
  if (FLOAT32_ROLES.has(spec.role)) return { type: 'F32', kept: false };
  if (TABLES.has(spec.role) && !file.tables) return { type: 'F16', kept: false };
  const kept = spec.matrix[1] % blockSize !== 0;
  return { type: kept ? 'F16' : file.name, kept };
}
