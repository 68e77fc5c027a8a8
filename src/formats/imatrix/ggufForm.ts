import { quoted } from '../../base/shown';
import { LabError } from '../../base/errors';
import { parseGguf } from '../gguf/parse';
import { decodeGgufTensor, ggufTensorBytes } from '../gguf/tensor';
import type { GgufFile, GgufTensor, GgufValue } from '../gguf/types';
import { writeGguf } from '../gguf/write';
import { damagedImatrix, type Imatrix, type ImatrixEntry } from './content';

/** For each matrix the file has the sums of the squares of its input's columns, and the number of tokens summed. */
const SUMS = '.in_sum2';
const COUNTS = '.counts';

/** Whether bytes begin as a GGUF file. */
export function isGgufForm(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, 4)) === 'GGUF';
}

/**
 * Reads the GGUF form of an importance matrix, which llama-imatrix writes since 2025.
 * @throws LabError bad-file if it is damaged or of another kind; unsupported for matrices of experts
 */
export function readGgufImatrix(bytes: Uint8Array): Imatrix {
  const file = parseGguf(bytes);
  const entries = new Map<string, ImatrixEntry>();
  const chunkSize = numberOf(file, 'imatrix.chunk_size');
  for (const { name } of file.tensors)
    if (name.endsWith(SUMS)) entries.set(name.slice(0, -SUMS.length), entryOf(file, bytes, name, chunkSize));
  if (entries.size === 0) throw damagedImatrix('it has no entries');
  const chunks = numberOf(file, 'imatrix.chunk_count');
  const datasets = file.metadata.get('imatrix.datasets');
  const [dataset] = datasets?.type === 'array' && datasets.items === 'string' ? datasets.value : [];
  return {
    entries,
    ...(chunks !== undefined && { chunks }),
    ...(chunkSize !== undefined && { chunkSize }),
    ...(dataset !== undefined && { dataset }),
  };
}

function entryOf(file: GgufFile, bytes: Uint8Array, name: string, chunkSize = 1): ImatrixEntry {
  const sums = valuesOf(file, bytes, name);
  const counts = valuesOf(file, bytes, name.slice(0, -SUMS.length) + COUNTS);
  if (counts.length !== 1) throw ofExperts(name);
  const [count] = counts;
  if (!(count >= 0 && count < Infinity)) throw damagedImatrix(`${quoted(name)} has a count of ${count}`);
  // llama-quantize gives the columns of a matrix that no token reached the same importance.
  const meanSquares = sums.map((sum) => (count > 0 ? sum / count : 1));
  if (!meanSquares.every((value) => value >= 0 && value < Infinity))
    throw damagedImatrix(`${quoted(name)} has a value that is negative or not finite`);
  return { meanSquares, calls: count / Math.max(1, chunkSize) };
}

function valuesOf(file: GgufFile, bytes: Uint8Array, name: string): Float32Array {
  const tensor = file.tensors.find((each) => each.name === name);
  if (!tensor) throw damagedImatrix(`${quoted(name)} is missing`);
  if (tensor.type !== 'F32') throw damagedImatrix(`${quoted(name)} is ${tensor.type} instead of F32`);
  return decodeGgufTensor(tensor, ggufTensorBytes(bytes, file, tensor));
}

function numberOf({ metadata }: GgufFile, key: string): number | undefined {
  const value = metadata.get(key);
  return value && typeof value.value === 'number' ? value.value : undefined;
}

/** Writes the GGUF form of an importance matrix. The counts of entries are their calls times the size of a chunk. */
export function writeGgufImatrix({ entries, chunks = 0, chunkSize = 1, dataset }: Imatrix): Uint8Array {
  const datasets = dataset === undefined ? [] : [dataset];
  const metadata: [string, GgufValue][] = [
    ['general.type', { type: 'string', value: 'imatrix' }],
    ['imatrix.datasets', { type: 'array', items: 'string', value: datasets }],
    ['imatrix.chunk_count', { type: 'uint32', value: chunks }],
    ['imatrix.chunk_size', { type: 'uint32', value: chunkSize }],
  ];
  const tensors = [...entries].flatMap(([name, { meanSquares, calls }]): GgufTensor[] => {
    const count = calls * chunkSize;
    const sums = meanSquares.map((mean) => mean * count);
    return [
      { name: name + SUMS, dims: [sums.length, 1], type: 'F32', data: bytesOf(sums) },
      { name: name + COUNTS, dims: [1, 1], type: 'F32', data: bytesOf(Float32Array.of(count)) },
    ];
  });
  return writeGguf({ metadata, tensors });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function ofExperts(name: string): LabError {
  return new LabError(
    'unsupported',
    `The importance matrix has several matrices in ${quoted(name)}, as models with experts do.`,
    'Use an importance matrix of a model without experts.',
  );
}
