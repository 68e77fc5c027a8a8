import { LabError } from '../../base/errors';
import { blockType } from '../../formats/gguf/blockTypes';
import { fittedType } from '../../formats/gguf/fallback';
import type { ModelShape, TensorSpec } from '../architecture';
import { stepsOf } from '../program';
import { ggufLayout, ggufName } from './layout';
import { MIXES, type Mix } from './mixes';

/** The type of a file, by which llama.cpp names it. */
export interface GgufFileType {
  /** Its name, such as `Q4_K_M`. */
  name: string;
  /** The value of `general.file_type` (llama.h, `llama_ftype`). */
  number: number;
  /** The block type of the matrices that no rule gives another one. */
  block: string;
  /**
   * How the embedding and the head are stored. `block`: as the matrices. `quantised`: the head, or the embedding if it is the head
   * too, has more bits, as llama-quantize gives it.
   */
  tables: 'block' | 'quantised';
  /** The type of an embedding that is not the head, if it is not that of the matrices. */
  embedding?: string;
  /** Whether every tensor has the type in which the source stores it, and none is rounded again. */
  stored?: true;
  mix?: Mix;
}

const mixed = (name: string, number: number, block: string, rule?: Mix): GgufFileType => ({
  name,
  number,
  block,
  tables: 'quantised',
  mix: rule,
});

/** The file types that can be exported. */
export const FILE_TYPES: readonly GgufFileType[] = [
  { name: 'F32', number: 0, block: 'F32', tables: 'block' },
  { name: 'F16', number: 1, block: 'F16', tables: 'block' },
  { name: 'BF16', number: 32, block: 'BF16', tables: 'block' },
  { name: 'Q8_0', number: 7, block: 'Q8_0', tables: 'block' },
  mixed('Q6_K', 18, 'Q6_K'),
  mixed('Q5_K_M', 17, 'Q5_K', MIXES.MORE_Q6_K),
  mixed('Q5_K_S', 16, 'Q5_K'),
  mixed('Q5_1', 9, 'Q5_1'),
  mixed('Q5_0', 8, 'Q5_0'),
  mixed('Q4_K_M', 15, 'Q4_K', MIXES.MORE_Q6_K),
  mixed('Q4_K_S', 14, 'Q4_K', MIXES.Q4_K_S),
  mixed('IQ4_NL', 25, 'IQ4_NL', MIXES.IQ4),
  mixed('IQ4_XS', 30, 'IQ4_XS', MIXES.IQ4),
  mixed('Q4_1', 3, 'Q4_1'),
  mixed('Q4_0', 2, 'Q4_0'),
  mixed('Q3_K_L', 13, 'Q3_K', MIXES.Q3_K_L),
  mixed('Q3_K_M', 12, 'Q3_K', MIXES.Q3_K_M),
  mixed('Q3_K_S', 11, 'Q3_K'),
  mixed('Q2_K', 10, 'Q2_K', MIXES.Q2_K),
  { name: 'TQ1_0', number: 36, block: 'TQ1_0', tables: 'quantised', embedding: 'Q4_K' },
  { name: 'TQ2_0', number: 37, block: 'TQ2_0', tables: 'quantised', embedding: 'Q4_K' },
];

/** The file whose tensors have the types in which an artefact stores them. Its number is that of the most frequent type. */
const STORED: GgufFileType = { name: 'STORED', number: 0, block: 'F32', tables: 'block', stored: true };

/** The names of all file types. */
export const FILE_TYPE_NAMES: readonly string[] = [...FILE_TYPES, STORED].map(({ name }) => name);

/** Returns the number of a file whose matrices have mostly this block type. */
export function fileNumber(block: string): number {
  return FILE_TYPES.find((type) => type.block === block)?.number ?? 0;
}

/**
 * Returns the file type `name`, in upper or lower case.
 * @throws LabError bad-plan for an unknown type
 */
export function fileType(name: string): GgufFileType {
  const found = [...FILE_TYPES, STORED].find((type) => type.name === name.toUpperCase());
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `Files of the GGUF type "${name.slice(0, 60)}" cannot be written.`,
    `Choose one of ${FILE_TYPE_NAMES.join(', ')}.`,
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

/** Returns the type of every tensor of a model in a file of type `file`, by the tensor's name in the model. */
export function tensorTypes(shape: ModelShape, file: GgufFileType): Map<string, TensorType> {
  const wanted = wantedTypes(shape, file);
  return new Map(shape.tensors.map((spec) => [spec.name, fitted(wanted(spec), spec.matrix[1])]));
}

/** Returns a function that gives the type of a tensor whose rows are whole blocks. */
function wantedTypes(shape: ModelShape, file: GgufFileType): (spec: TensorSpec) => string {
  const layout = ggufLayout(shape.architecture);
  const blocks = shape.program.blocks.length;
  const [attention] = stepsOf(shape.program, 'attention');
  const sharing = attention ? attention.heads / attention.keyValueHeads : 1;
  const tied = !shape.tensors.some(({ role }) => role === 'head');
  return (spec) => {
    if (FLOAT32_ROLES.has(spec.role)) return 'F32';
    if (TABLES.has(spec.role)) return tableType(spec, file, tied);
    if (!file.mix || spec.block === undefined) return file.block;
    const [, , name] = ggufName(layout, spec).split('.');
    return file.mix({ name, block: spec.block, blocks, sharing }) ?? file.block;
  };
}

function tableType(
  { role, matrix }: TensorSpec,
  { tables, block, embedding }: GgufFileType,
  tied: boolean,
): string {
  if (role === 'embedding' && !tied) return embedding ?? block;
  if (tables === 'block') return block;
  return matrix[1] % blockType(block).blockSize === 0 ? 'Q6_K' : 'Q8_0';
}

/** Replaces a type whose blocks the rows do not fill by llama.cpp's fallback, or by F16. */
function fitted(wanted: string, columns: number): TensorType {
  const type = fittedType(wanted, columns);
  return { type, kept: type === 'F16' && wanted !== 'F16' };
}
