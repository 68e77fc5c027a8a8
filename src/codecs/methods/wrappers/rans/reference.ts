import type { Codec, CodecReference, MatrixShape } from '../../../contract/codec';
import type { PartLayout, Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { type CodedField, isEntropyCoded, isShorter, rawBytes } from '../../../kit/entropyCoding/container';
import { type Field, readPlane, writePlane } from '../../../kit/entropyCoding/fields';
import { chooseModel } from '../../../kit/entropyCoding/model';
import {
  decodeReference,
  encodeReference,
  packReference,
  unpackReference,
} from '../../../kit/entropyCoding/reference';
import { storedParts, fieldsToCode, codingGroups, readGroups, type RansOptions } from './parts';

/** Makes the reference, which codes the parts of the inner codec's reference in plain loops. */
export function ransReference(inner: Codec, innerOptions: CodecOptions): CodecReference<RansOptions> {
  const { encodeGroup, inputRounding } = inner.reference;
  const innerParts = (stored: Parts, shape: MatrixShape, options: RansOptions) =>
    referenceParts(inner.layout(shape, innerOptions), options, stored);
  return {
    encodeGroup:
      encodeGroup &&
      ((group, options, inputs) => {
        const result = encodeGroup(group, innerOptions, inputs);
        const parts = new Map<string, Parts>();
        for (const { name, shape } of group.tensors)
          parts.set(name, encodeParts(inner.layout(shape, innerOptions), options, result.parts.get(name)!));
        return { ...result, parts };
      }),
    encode(values, shape, options, inputs, rowCounts) {
      const parts = inner.reference.encode(values, shape, innerOptions, inputs, rowCounts);
      return encodeParts(inner.layout(shape, innerOptions), options, parts);
    },
    decode: (stored, shape, options) =>
      inner.reference.decode(innerParts(stored, shape, options), shape, innerOptions),
    inputRounding:
      inputRounding &&
      ((stored, shape, options) => inputRounding(innerParts(stored, shape, options), shape, innerOptions)),
  };
}

function encodeParts(inner: readonly PartLayout[], options: RansOptions, parts: Parts): Parts {
  const coded = codingGroups(inner, options).map((group) =>
    fieldsToCode(group, parts).map((field) => encodeField(field, parts.get(field.suffix)!)),
  );
  return storedParts(inner, options, parts, coded);
}

function encodeField(field: Field, bytes: Uint8Array): CodedField {
  const { shape, plane } = field;
  const symbols = plane ? readPlane(bytes, plane) : unpackReference(bytes, shape);
  const model = chooseModel({ symbols, ...shape });
  if (model.kind === 'constant') return { ...field, model, streams: [] };
  if (isEntropyCoded(model)) {
    const streams = encodeReference({ symbols, ...shape }, model);
    if (isShorter(streams, model, shape)) return { ...field, model, streams };
  }
  const raw = packReference(symbols, { rows: 1, perRow: symbols.length, bits: shape.bits });
  return { ...field, model: { kind: 'raw' }, streams: [], raw: raw.subarray(0, rawBytes(shape)) };
}

/** Decodes stored parts to those of the inner codec. @throws CorruptData */
export function referenceParts(inner: readonly PartLayout[], options: RansOptions, stored: Parts): Parts {
  const parts = new Map(
    inner.flatMap(({ suffix }) => (stored.has(suffix) ? [[suffix, stored.get(suffix)!]] : [])),
  );
  for (const { lengths, fields } of readGroups(inner, options, stored)) {
    for (const [suffix, length] of lengths) parts.set(suffix, new Uint8Array(length));
    for (const field of fields) {
      const symbols = decodeField(field);
      if (field.plane) writePlane(parts.get(field.suffix)!, field.plane, symbols);
      else parts.set(field.suffix, packReference(symbols, field.shape));
    }
  }
  return parts;
}

function decodeField({ model, shape, streams, raw }: CodedField): Uint8Array {
  if (isEntropyCoded(model)) return decodeReference(streams, shape, model);
  const count = shape.rows * shape.perRow;
  if (model.kind === 'constant') return new Uint8Array(count).fill(model.symbol);
  return unpackReference(raw!, { rows: 1, perRow: count, bits: shape.bits });
}
