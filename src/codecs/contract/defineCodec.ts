import type { Packable } from '../../formats/quantised/write';
import type { ReferenceInputs } from '../../calibrate/inputs';
import type { InputRounding } from '../../models/inputRounding';
import type { GgufBlocks } from '../../models/load/export';
import type { LinearWeight } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import {
  REFERENCE_TENSOR,
  type Codec,
  type CodecContext,
  type CodecReference,
  type EncodeWork,
  type GroupResult,
  type MatrixShape,
  type SourceTensor,
  type CodedTensor,
  type TensorGroup,
} from './codec';
import type { CodecMeta, CodecOptions, OptionsOf } from './meta';
import {
  fromStoredParts,
  partLayouts,
  toStoredParts,
  type PartBytes,
  type Parts,
  type PartSpecs,
} from './parts';

/** A tensor to encode, with its layout. */
export interface Source<Layout> extends SourceTensor {
  layout: Layout;
}

/** A `TensorGroup` whose tensors have their layouts. */
export interface SourceGroup<Layout> extends Omit<TensorGroup, 'tensors'> {
  tensors: readonly Source<Layout>[];
}

/** A `GroupResult` with the types of the codec's parts. */
export interface SourceGroupResult<Bytes> extends Omit<GroupResult, 'parts'> {
  /** The parts of each tensor, by name. */
  parts: ReadonlyMap<string, Bytes>;
}

/** A tensor to decode. The lengths of its parts have been checked, their contents have not. */
export interface Coded<Layout, Bytes> {
  name: string;
  shape: MatrixShape;
  layout: Layout;
  parts: Bytes;
}

/** The definition of a codec as plain loops with float64 sums. */
export interface ReferenceDefinition<Layout, Bytes> {
  encode: (
    values: Float32Array,
    layout: Layout,
    inputs?: ReferenceInputs,
    /** The counts of `CodecContext.rowCounts`. */
    rowCounts?: Float32Array,
  ) => Bytes;
  decode: (parts: Bytes, layout: Layout) => Float32Array;
  encodeGroup?: (group: SourceGroup<Layout>, inputs?: ReferenceInputs) => SourceGroupResult<Bytes>;
  squaredError?: (values: Float32Array, layout: Layout) => number;
  inputRounding?: (parts: Bytes, layout: Layout) => InputRounding;
  requantise?: (values: Float32Array, layout: Layout, stored: Bytes) => Bytes;
}

/** A codec with the types of its own options and parts. `Codec` documents the methods. */
export interface CodecDefinition<Options, Layout, Specs extends PartSpecs> {
  /** Derives from shape and options everything that the other methods use. */
  layout: (shape: MatrixShape, options: Options) => Layout;
  /** Describes the stored parts by suffix, in the order of the file. */
  parts: (layout: Layout) => Specs;
  encode: (source: Source<Layout>, context: CodecContext) => Promise<PartBytes<Specs>>;
  encodeGroup?: (
    group: SourceGroup<Layout>,
    context: CodecContext,
  ) => Promise<SourceGroupResult<PartBytes<Specs>>>;
  encodeWork?: (layout: Layout) => EncodeWork;
  decode: (
    stored: Coded<Layout, PartBytes<Specs>>,
    target: DenseMatrix,
    context: CodecContext,
  ) => Promise<void>;
  linear?: (
    stored: Coded<Layout, PartBytes<Specs>>,
    context: CodecContext,
  ) => Promise<LinearWeight | undefined>;
  packable?: (stored: Coded<Layout, PartBytes<Specs>>) => Packable | string;
  quantisesActivations?: (options: Options) => boolean;
  ggufBlocks?: (stored: Coded<Layout, PartBytes<Specs>>) => GgufBlocks;
  reference: ReferenceDefinition<Layout, PartBytes<Specs>>;
  equalCodes?: (options: Options) => boolean;
  decodeTolerance?: number;
  errorBound: (options: Options) => (groupMaximum: number) => number;
}

/** Makes the conversions between the types of a codec's definition, and options and parts as the artefact has them. */
function conversionsOf<Meta extends CodecMeta, Layout, Specs extends PartSpecs>({
  layout,
  parts: partsOf,
}: Pick<CodecDefinition<OptionsOf<Meta>, Layout, Specs>, 'layout' | 'parts'>) {
  // `completeOptions` has checked every option against the metadata.
  const typed = (options: CodecOptions) => options as OptionsOf<Meta>;
  const layoutOf = (shape: MatrixShape, options: CodecOptions) => layout(shape, typed(options));
  return {
    typed,
    layoutOf,
    layouts: (shape: MatrixShape, options: CodecOptions) => partLayouts(partsOf(layoutOf(shape, options))),
    sourceOf: (tensor: SourceTensor, options: CodecOptions) => ({
      ...tensor,
      layout: layoutOf(tensor.shape, options),
    }),
    /** @throws LabError bad-file unless the parts are those of the layout */
    storedOf: ({ name, shape, options, parts }: CodedTensor) => {
      const own = layoutOf(shape, options);
      return { name, shape, layout: own, parts: fromStoredParts(name, partsOf(own), parts) };
    },
    toParts: (own: Layout, parts: PartBytes<Specs>) => toStoredParts(partsOf(own), parts),
    groupOf: ({ tensors, ...group }: TensorGroup, options: CodecOptions): SourceGroup<Layout> => ({
      ...group,
      tensors: tensors.map((tensor) => ({ ...tensor, layout: layoutOf(tensor.shape, options) })),
    }),
    toGroupResult: (
      { tensors }: SourceGroup<Layout>,
      result: SourceGroupResult<PartBytes<Specs>>,
    ): GroupResult => {
      const parts = new Map<string, Parts>();
      for (const { name, layout: own } of tensors) {
        const bytes = result.parts.get(name);
        if (bytes) parts.set(name, toStoredParts(partsOf(own), bytes));
      }
      return { ...result, parts };
    },
  };
}

type Conversions<Meta extends CodecMeta, Layout, Specs extends PartSpecs> = ReturnType<
  typeof conversionsOf<Meta, Layout, Specs>
>;

/** Makes a codec from its definition, and converts options and parts to the types that the definition uses. */
export function defineCodec<Meta extends CodecMeta, Layout, Specs extends PartSpecs>(
  meta: Meta,
  definition: CodecDefinition<OptionsOf<Meta>, Layout, Specs>,
): Codec {
  const conversions = conversionsOf<Meta, Layout, Specs>(definition);
  const { encode, encodeGroup, encodeWork, decode, linear, packable, ggufBlocks } = definition;
  const { quantisesActivations, equalCodes, decodeTolerance, errorBound } = definition;
  return {
    meta,
    layout: conversions.layouts,

    async encode(tensor, options, context) {
      const source = conversions.sourceOf(tensor, options);
      return conversions.toParts(source.layout, await encode(source, context));
    },

    encodeGroup:
      encodeGroup &&
      (async (tensors, options, context) => {
        const group = conversions.groupOf(tensors, options);
        return conversions.toGroupResult(group, await encodeGroup(group, context));
      }),

    encodeWork: encodeWork && ((shape, options) => encodeWork(conversions.layoutOf(shape, options))),

    async decode(stored, target, context) {
      await decode(conversions.storedOf(stored), target, context);
    },

    linear: linear && (async (stored, context) => linear(conversions.storedOf(stored), context)),
    packable: packable && ((stored) => packable(conversions.storedOf(stored))),
    quantisesActivations:
      quantisesActivations && ((options) => quantisesActivations(conversions.typed(options))),
    ggufBlocks: ggufBlocks && ((stored) => ggufBlocks(conversions.storedOf(stored))),
    reference: untypedReference(conversions, definition.reference),
    equalCodes: equalCodes && ((options) => equalCodes(conversions.typed(options))),
    decodeTolerance,
    errorBound: (options) => errorBound(conversions.typed(options)),
  };
}

function untypedReference<Meta extends CodecMeta, Layout, Specs extends PartSpecs>(
  { layoutOf, storedOf, toParts, groupOf, toGroupResult }: Conversions<Meta, Layout, Specs>,
  definition: ReferenceDefinition<Layout, PartBytes<Specs>>,
): CodecReference {
  const { encode, encodeGroup, decode, squaredError, inputRounding, requantise } = definition;
  const name = REFERENCE_TENSOR;
  return {
    encode(values, shape, options, inputs, rowCounts) {
      const layout = layoutOf(shape, options);
      return toParts(layout, encode(values, layout, inputs, rowCounts));
    },

    encodeGroup:
      encodeGroup &&
      ((tensors, options, inputs) => {
        const group = groupOf(tensors, options);
        return toGroupResult(group, encodeGroup(group, inputs));
      }),

    decode(parts, shape, options) {
      const stored = storedOf({ name, shape, options, parts });
      return decode(stored.parts, stored.layout);
    },

    squaredError:
      squaredError && ((values, shape, options) => squaredError(values, layoutOf(shape, options))),

    inputRounding:
      inputRounding &&
      ((parts, shape, options) => {
        const stored = storedOf({ name, shape, options, parts });
        return inputRounding(stored.parts, stored.layout);
      }),

    requantise:
      requantise &&
      ((values, shape, options, parts) => {
        const { layout, parts: stored } = storedOf({ name, shape, options, parts });
        return toParts(layout, requantise(values, layout, stored));
      }),
  };
}
