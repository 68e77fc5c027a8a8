import { LabError } from '../../base/errors';

/** The kind of content of a part, by which sizes are reported. */
export type PartKind = 'codes' | 'scales' | 'codebooks' | 'tables' | 'float';

/** Element types of parts, by their names in safetensors. */
export type PartDtype = 'U8' | 'I8' | 'F16' | 'BF16' | 'F32' | 'U32' | 'I32';

/** One stored part of a tensor: `<tensor>.<suffix>` in the artefact. */
export interface PartLayout {
  suffix: string;
  kind: PartKind;
  dtype: PartDtype;
  /** The exact shape, or for a `variable` part the largest possible one, in one dimension. */
  shape: readonly number[];
  /** Marks a part whose length depends on the data, such as entropy-coded bytes, up to `shape`. Decoders check its content (`damaged`). */
  variable?: true;
  /** Marks a part that only some tensors have. */
  optional?: true;
  /** Marks a U8 part that is not padded to 4 bytes, where a published byte layout is kept exactly. */
  unpadded?: true;
  /** The codes in the part, for entropy coders: `rows` bitstreams (`bits.ts`), each padded to 4 bytes. */
  symbols?: { rows: number; perRow: number; bits: number };
}

/** How a codec stores one part. Its key in the codec's `parts` is the suffix. */
export type PartSpec = Omit<PartLayout, 'suffix'>;

/** The parts of one matrix, in the order of the file. A part that the options omit is undefined. */
export type PartSpecs = Readonly<Record<string, PartSpec | undefined>>;

/** Makes the description of one part for a codec's `parts`. */
export function part<const Rest extends Omit<PartSpec, 'kind' | 'dtype' | 'shape'>>(
  kind: PartKind,
  dtype: PartDtype,
  shape: readonly number[],
  rest?: Rest,
): PartSpec & Rest {
  return { kind, dtype, shape, ...rest } as PartSpec & Rest;
}

type RequiredSuffix<Specs> = {
  [Suffix in keyof Specs]-?: undefined extends Specs[Suffix]
    ? never
    : Specs[Suffix] extends { optional: true }
      ? never
      : Suffix;
}[keyof Specs];

/** The bytes of the parts that `Specs` describes, by suffix. Parts that only some options or tensors have may be absent. */
export type PartBytes<Specs> = { [Suffix in RequiredSuffix<Specs>]: Uint8Array } & {
  [Suffix in Exclude<keyof Specs, RequiredSuffix<Specs>>]?: Uint8Array;
};

/** The bytes of the parts that a codec's `parts` function describes. */
export type PartsOf<Describe extends (layout: never) => PartSpecs> = PartBytes<ReturnType<Describe>>;

/** Parts as the artefact stores them: little-endian bytes by suffix, with exactly the lengths of the layout. */
export type Parts = ReadonlyMap<string, Uint8Array>;

/** The number of bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<PartDtype, number>> = {
  U8: 1,
  I8: 1,
  F16: 2,
  BF16: 2,
  F32: 4,
  U32: 4,
  I32: 4,
};

/** Computes the number of bytes that one part takes in the file, or its maximum if the part is variable. */
export function partBytes(part: PartSpec): number {
  return part.shape.reduce((product, n) => product * n, DTYPE_BYTES[part.dtype]);
}

/** Lists the parts that `specs` describes, in their order. */
export function partLayouts(specs: PartSpecs): PartLayout[] {
  return Object.entries(specs).flatMap(([suffix, spec]) => (spec ? [{ suffix, ...spec }] : []));
}

/** Allocates zeroed bytes for every part that has a fixed length and is always present. */
export function zeroedParts<Specs extends PartSpecs>(specs: Specs): PartBytes<Specs> {
  const always = partLayouts(specs).filter(({ optional, variable }) => !optional && !variable);
  const bytes = always.map((layout) => [layout.suffix, new Uint8Array(partBytes(layout))]);
  return Object.fromEntries(bytes) as PartBytes<Specs>;
}

/** Converts a codec's bytes to the form of the artefact, in the order of `specs`. */
export function toStoredParts<Specs extends PartSpecs>(specs: Specs, parts: PartBytes<Specs>): Parts {
  const bytes = parts as Readonly<Record<string, Uint8Array | undefined>>;
  const suffixes = Object.keys(specs).filter((suffix) => bytes[suffix]);
  return new Map(suffixes.map((suffix) => [suffix, bytes[suffix]!]));
}

/**
 * Converts the bytes of an artefact to the form that a codec reads, with the suffixes of `specs` and no others.
 * @param name of the tensor, for the error
 * @throws LabError bad-file unless the parts are those of `specs`, at their lengths
 */
export function fromStoredParts<Specs extends PartSpecs>(
  name: string,
  specs: Specs,
  parts: Parts,
): PartBytes<Specs> {
  const layouts = partLayouts(specs);
  const problem = partsProblem(parts, layouts);
  if (problem) throw damaged(name, problem);
  return Object.fromEntries(layouts.map(({ suffix }) => [suffix, parts.get(suffix)])) as PartBytes<Specs>;
}

/** Makes the error for stored bytes that the codec cannot have written. */
export function damaged(name: string, problem: string): LabError {
  return new LabError(
    'bad-file',
    `The compressed ${name} is damaged: ${problem}.`,
    'Compress the model again, or download the file again.',
  );
}

/** Compares parts with a layout. @returns the first difference as a clause, or undefined if there is none */
export function partsProblem(parts: Parts, layout: readonly PartLayout[]): string | undefined {
  for (const part of layout) {
    const problem = partProblem(parts.get(part.suffix), part);
    if (problem) return problem;
  }
  const known = new Set(layout.map(({ suffix }) => suffix));
  const unknown = [...parts.keys()].find((suffix) => !known.has(suffix));
  return unknown === undefined ? undefined : `its part ${unknown} is unknown to its codec`;
}

function partProblem(bytes: Uint8Array | undefined, part: PartLayout): string | undefined {
  if (!bytes) return part.optional ? undefined : `its part ${part.suffix} is missing`;
  const expected = partBytes(part);
  if (!part.variable)
    return bytes.length === expected
      ? undefined
      : `its part ${part.suffix} has ${bytes.length} bytes instead of ${expected}`;
  if (bytes.length > expected)
    return `its part ${part.suffix} has ${bytes.length} bytes, more than its maximum of ${expected}`;
  return bytes.length % DTYPE_BYTES[part.dtype] === 0
    ? undefined
    : `its part ${part.suffix} has ${bytes.length} bytes, which is not a multiple of the ${DTYPE_BYTES[part.dtype]} bytes of ${part.dtype}`;
}
