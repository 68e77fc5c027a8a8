import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { blockType } from '../../../../formats/gguf/blockTypes';
import { fittedType } from '../../../../formats/gguf/fallback';
import { readImatrix } from '../../../../formats/imatrix/imatrix';
import type { Gpu } from '../../../../gpu/gpu';
import { ggufLayout, ggufName } from '../../../../models/gguf/layout';
import { loadModel } from '../../../../models/load/load';
import { folderFiles } from '../../../../platform/node/folder';
import { releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { decodeOnGpu, expectSameValues, TENSOR } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import type { Codec, MatrixShape } from '../../../contract/codec';
import { encodeTensor } from '../../../contract/coding';
import { completeOptions } from '../../../contract/spec';
import type { GgufCodecType } from '../meta';

type Digests = Record<string, Record<string, [stored: string, decoded: string]>>;

const MODEL = 'gpt2-tinystories';
/** SHA-256 of the bytes of tensors in files that llama.cpp wrote (fixtures/README.md). */
const EXPECTED = JSON.parse(readFileSync('fixtures/gguf/blocks.json', 'utf8')) as Record<string, Digests>;
const model = await loadModel(folderFiles(`public/models/${MODEL}`));
const imatrix = readImatrix(readFileSync(`fixtures/gguf/${MODEL}.imatrix.dat`));

/** Returns the first tensor in a block of the model for which there is a hash. */
function expectedTensor(digests: Digests[string] | undefined) {
  const layout = ggufLayout(model.shape.architecture);
  return model.shape.tensors
    .map((spec) => ({ spec, name: ggufName(layout, spec) }))
    .filter(({ spec }) => spec.block !== undefined)
    .flatMap(({ spec, name }) => (digests?.[name] ? [{ spec, name, digest: digests[name][0] }] : []))[0];
}

/** Registers the tests of the codec of a type of llama.cpp. */
export function describeGgufCodec(type: GgufCodecType, codec: Codec): void {
  const { blockSize, blockBytes } = blockType(type);
  const weighs = codec.meta.options.length > 0;
  // Types of five bits differ from those of four in their fields only, which the other variants compare.
  const wide = type.startsWith('Q5') ? [] : [{ importance: 'calibration', search: 'wide' }];
  const options = [{}, { importance: 'calibration' }, ...wide] as Record<string, string>[];
  describeCodec(codec, weighs ? options : [{}], {
    columnsMultiple: blockSize,
    groups: () => ({ size: blockSize, flat: false }),
    inputs: (gpu: Gpu, [, columns]: MatrixShape) => {
      const { gpu: onGpu, host } = syntheticInputs(gpu, columns, 16);
      return { gpu: onGpu, host };
    },
  });

  test(`${codec.meta.id} takes the bits per weight of its blocks`, () => {
    const [part] = codec.layout([3, 512], completeOptions(codec.meta, {}));
    expect(part.shape).toEqual([3, (512 / blockSize) * blockBytes]);
  });

  test.each([96, 33])(`${codec.meta.id} stores rows of %i weights as llama.cpp does`, async (columns) => {
    const gpu = await testGpu();
    const options = completeOptions(codec.meta, {});
    const shape = [5, columns] as const;
    const values = gaussianWithOutliers(shape, 5);
    const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
    const stored = blockType(fittedType(type, columns)).encode(values);
    expect(parts.get('blocks')).toEqual(stored);
    const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape, options, parts });
    expectSameValues(decoded, blockType(fittedType(type, columns)).decode(stored), 0);
  });

  const cases = [
    { importance: 'none', found: expectedTensor(EXPECTED[MODEL][type]) },
    { importance: 'calibration', found: expectedTensor(EXPECTED[`${MODEL} with importance`][type]) },
  ];
  test.each(cases.filter(({ found }) => found))(
    `${codec.meta.id} writes the bytes of llama-quantize with importance=$importance`,
    async ({ importance, found }) => {
      const gpu = await testGpu();
      const { spec, name, digest } = found;
      const options = completeOptions(codec.meta, weighs ? { importance } : {});
      const [, columns] = spec.matrix;
      const squares = imatrix.entries.get(name)!.meanSquares;
      const diagonal = new Float32Array(columns * columns);
      squares.forEach((square, i) => (diagonal[i * (columns + 1)] = square));
      const gram = uploadMatrix(gpu, diagonal, columns, columns, 'mean squares');
      const inputs = { columns, samples: 1, gram, meanAbs: squares, maxAbs: squares };
      const tensor = { name, shape: spec.matrix, values: await model.tensor(spec) };
      const parts = await encodeTensor(codec, tensor, options, { gpu, seed: 1, inputs });
      releaseMatrix(gpu.buffers, gram);
      expect(createHash('sha256').update(parts.get('blocks')!).digest('hex')).toBe(digest);
    },
  );
}
