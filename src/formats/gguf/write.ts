import { invariant, LabError } from '../../base/errors';
import { layoutOfName } from './blockTypes';
import { quoted } from '../../base/shown';
import { alignUp, DEFAULT_ALIGNMENT, tensorByteLength } from './parse';
import { isPowerOfTwo } from '../../base/integers';
import type { GgufContent, GgufTensor } from './types';
import { HeaderBytes, isWellFormed } from './headerBytes';
import { writeValue } from './writeValue';

const MAGIC = new TextEncoder().encode('GGUF');
const VERSION = 3;
const ALIGNMENT_KEY = 'general.alignment';

/** llama.cpp refuses names of 64 bytes or more, and more than four dimensions. */
const MAX_NAME_BYTES = 63;
const MAX_KEY_BYTES = 65535;
const MAX_DIMS = 4;
/** The maximum length of a typed array in Node 20; some browsers allow less. */
const MAX_WHOLE_BYTES = 2 ** 32;

interface Planned {
  header: Uint8Array;
  alignment: number;
  byteLengths: readonly number[];
}

/**
 * Writes a GGUF file of version 3. Tensors are in the order given, each padded to `alignment`; llama.cpp requires the
 * padding of the last.
 * @throws LabError bad-input with the tensor or metadata key that cannot be written; unsupported for an unknown type;
 *   limit for a file larger than 4 GiB
 */
export function writeGguf(content: GgufContent): Uint8Array {
  const plan = planFile(content);
  const bytes = totalBytes(plan);
  if (bytes > MAX_WHOLE_BYTES)
    throw new LabError(
      'limit',
      `The GGUF file would have ${bytes} bytes; at most ${MAX_WHOLE_BYTES} can be made in memory.`,
      'Choose a type with fewer bits, or a smaller model.',
    );
  const file = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunksOf(content, plan)) {
    file.set(chunk, at);
    at += chunk.byteLength;
  }
  return file;
}

/**
 * Returns the bytes of `writeGguf` in chunks: the header, then each tensor, made when it is reached. Throws, if at all, before
 * the first chunk.
 */
export function ggufChunks(content: GgufContent): Iterable<Uint8Array> {
  return chunksOf(content, planFile(content));
}

/** Returns the exact size in bytes of the file that `writeGguf` would write; no tensor data is made. */
export function ggufByteLength(content: GgufContent): number {
  return totalBytes(planFile(content));
}

function totalBytes({ header, alignment, byteLengths }: Planned): number {
  return byteLengths.reduce((sum, bytes) => sum + alignUp(bytes, alignment), header.byteLength);
}

function* chunksOf(content: GgufContent, plan: Planned): Generator<Uint8Array> {
  yield plan.header;
  for (const [i, tensor] of content.tensors.entries()) {
    const bytes = typeof tensor.data === 'function' ? tensor.data() : tensor.data;
    const expected = plan.byteLengths[i];
    invariant(bytes.byteLength === expected, `tensor ${tensor.name} has the wrong number of bytes`);
    yield bytes;
    const padding = alignUp(expected, plan.alignment) - expected;
    if (padding > 0) yield new Uint8Array(padding);
  }
}

function planFile(content: GgufContent): Planned {
  const alignment = content.alignment ?? DEFAULT_ALIGNMENT;
  if (!isPowerOfTwo(alignment) || alignment < 8 || alignment > 2 ** 31)
    throw new LabError(
      'bad-input',
      `A GGUF file cannot be aligned to ${alignment} bytes.`,
      'Use a power of two of at least 8, such as 32.',
    );
  const byteLengths = content.tensors.map(checkedByteLength);
  checkNames(
    'Tensor',
    content.tensors.map(({ name }) => name),
    MAX_NAME_BYTES,
  );
  return { header: headerOf(content, alignment, byteLengths), alignment, byteLengths };
}

function headerOf(content: GgufContent, alignment: number, byteLengths: readonly number[]): Uint8Array {
  const metadata = allMetadata(content, alignment);
  const out = new HeaderBytes();
  out.append(MAGIC);
  out.uint32(VERSION);
  out.uint64(content.tensors.length);
  out.uint64(metadata.length);
  for (const [key, value] of metadata) {
    out.string(key);
    writeValue(out, key, value);
  }
  let offset = 0;
  for (const [i, tensor] of content.tensors.entries()) {
    writeTensorInfo(out, tensor, offset);
    offset += alignUp(byteLengths[i], alignment);
  }
  return out.padded(alignUp(out.length, alignment));
}

function allMetadata({ metadata }: GgufContent, alignment: number): GgufContent['metadata'] {
  checkNames('Metadata', [...metadata.map(([key]) => key), ALIGNMENT_KEY], MAX_KEY_BYTES);
  if (alignment === DEFAULT_ALIGNMENT) return metadata;
  return [...metadata, [ALIGNMENT_KEY, { type: 'uint32', value: alignment }]];
}

function writeTensorInfo(out: HeaderBytes, { name, dims, type }: GgufTensor, offset: number): void {
  out.string(name);
  out.uint32(dims.length);
  for (const n of dims) out.uint64(n);
  out.uint32(layoutOfName(type).id);
  out.uint64(offset);
}

function checkedByteLength({ name, dims, type }: GgufTensor): number {
  const layout = layoutOfName(type);
  const valid = dims.length <= MAX_DIMS && dims.every((n) => Number.isSafeInteger(n) && n >= 0);
  const bytes = valid ? tensorByteLength(dims, layout) : undefined;
  if (bytes !== undefined) return bytes;
  throw new LabError(
    'bad-input',
    `Tensor ${quoted(name)} of dimensions ${dims.slice(0, 8).join(' × ')} cannot be stored as ${type}, whose block size is ${layout.blockSize}.`,
    'Store it as F16, which takes rows of any length, or use at most four dimensions.',
  );
}

/** Checks that names are valid, not too long and unique (this module itself writes `general.alignment`). */
function checkNames(what: string, names: readonly string[], maxBytes: number): void {
  const seen = new Set<string>();
  for (const name of names) {
    const bytes = new TextEncoder().encode(name).byteLength;
    if (bytes === 0 || bytes > maxBytes || !isWellFormed(name))
      throw refused(`${what} ${quoted(name)} cannot be written: a name has 1 to ${maxBytes} bytes of UTF-8`);
    if (seen.has(name)) throw refused(`${what} ${quoted(name)} cannot be written twice`);
    seen.add(name);
  }
}

function refused(why: string): LabError {
  return new LabError('bad-input', `${why}.`, 'Rename it or leave it out.');
}
