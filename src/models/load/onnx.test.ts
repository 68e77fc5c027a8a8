import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { protoFields, type ProtoField } from '../../formats/onnx/protoFields';
import { independentLogits } from '../../onnx/independent';
import { publicFolder } from '../../platform/node/paths';
import { memoryFiles } from '../../testing/fuzz/memoryFiles';
import { ProtoWriter } from '../../onnx/protobuf';
import { quantisedOnnx, type OnnxForm } from '../../testing/quantisedOnnx';
import { loadOnnxModel } from './load';
import type { Model } from '../model';

/** Tolerance of two float32 programs with different orders of sums. */
const TOLERANCE = 1e-4;
const IDS = Uint32Array.from({ length: 24 }, (_, i) => (i * 37 + 1) % 512);

const config = readFileSync(join(publicFolder('models'), 'stories260K/config.json'));

function open(file: Uint8Array, name = 'onnx/model.onnx'): Promise<Model> {
  return loadOnnxModel(
    memoryFiles(
      new Map([
        ['config.json', config],
        [name, file],
      ]),
    ),
    name,
  );
}

/** Returns the logits that ONNX Runtime computes with the file itself. */
async function runtimeLogits(file: Uint8Array): Promise<Float32Array> {
  // Optimised, ONNX Runtime would quantise activations beside weights that are restored.
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: 'disabled' });
  const ids = new ort.Tensor('int64', BigInt64Array.from(IDS, BigInt), [1, IDS.length]);
  const { logits } = await session.run({ input_ids: ids });
  await session.release();
  return (await logits.getData()) as Float32Array;
}

const equal = (a: Float32Array, b: Float32Array) => Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

async function largestDifference(file: Uint8Array): Promise<number> {
  const input = { shape: [1, IDS.length], values: IDS };
  const { values } = await independentLogits(ort, await open(file), input);
  const expected = await runtimeLogits(file);
  return values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
}

describe('the weights of an ONNX file give the logits that ONNX Runtime computes with it', () => {
  const forms: [OnnxForm, scheme: string][] = [
    [{ kind: 'float' }, 'ONNX, F32'],
    [{ kind: 'float16' }, 'ONNX, F16 and F32'],
    [{ kind: 'nBits', bits: 4, block: 32, zeros: false }, 'ONNX, MatMulNBits, 4 bits, block 32'],
    [{ kind: 'nBits', bits: 4, block: 16, zeros: true }, 'ONNX, MatMulNBits, 4 bits, block 16'],
    [{ kind: 'nBits', bits: 8, block: 64, zeros: false }, 'ONNX, MatMulNBits, 8 bits, block 64'],
    [{ kind: 'weightsOnly', signed: false, perChannel: false }, 'ONNX, int8'],
    [{ kind: 'weightsOnly', signed: true, perChannel: true }, 'ONNX, int8'],
  ];
  test.each(forms)('%j', async (form, scheme) => {
    const file = quantisedOnnx(form);
    expect(await largestDifference(file)).toBeLessThan(TOLERANCE);
    const model = await open(file);
    expect(model.id).toBe('model.onnx');
    expect((await model.stored!()).scheme).toBe(scheme);
  });
});

describe('MatMulInteger', () => {
  test.each([
    { signed: true, perChannel: false },
    { signed: false, perChannel: true },
  ])('has the weights that DequantizeLinear restores from the same codes: %j', async (codes) => {
    const dynamic = await open(quantisedOnnx({ kind: 'dynamic', ...codes }));
    const plain = await open(quantisedOnnx({ kind: 'weightsOnly', ...codes }));
    for (const spec of plain.shape.tensors)
      expect([spec.name, equal(await dynamic.tensor(spec), await plain.tensor(spec))]).toEqual([
        spec.name,
        true,
      ]);
    expect((await dynamic.stored!()).note).toMatch(/activations to 8 bits/);
  });

  test('runs in ONNX Runtime, which quantises activations as well', async () => {
    const difference = await largestDifference(
      quantisedOnnx({ kind: 'dynamic', signed: false, perChannel: false }),
    );
    expect(difference).toBeGreaterThan(TOLERANCE);
    expect(difference).toBeLessThan(3);
  });
});

describe('what is not understood is refused by name', () => {
  const nBits = quantisedOnnx({ kind: 'nBits', bits: 4, block: 32, zeros: false });

  /** Returns the file with every occurrence of a text replaced by one of the same length. */
  function replaced(file: Uint8Array, text: string, by: string): Uint8Array {
    expect(by.length).toBe(text.length);
    return new Uint8Array(Buffer.from(Buffer.from(file).toString('latin1').replaceAll(text, by), 'latin1'));
  }

  test.each([
    ['another operator', replaced(nBits, 'MatMulNBits', 'MatMulBnb4x'), /is a MatMulBnb4x/],
    [
      'a matrix of no module',
      replaced(nBits, 'layers.3/mlp', 'layers.3/xyz'),
      /belongs to no tensor of the model/,
    ],
    ['a matrix that is missing', replaced(nBits, 'layers.3/mlp', 'layers.4/mlp'), /two constants belong to/],
    ['a damaged graph', nBits.slice(0, nBits.length - 9), /not a valid ONNX model/],
    ['no graph', new ProtoWriter().integer(1, 8).finish(), /it has no graph/],
    [
      'a Git LFS pointer',
      Buffer.from('version https://git-lfs.github.com/spec/v1\nsize 9\n'),
      /Git LFS pointer/,
    ],
  ])('%s', async (_, file, message) => {
    await expect(open(new Uint8Array(file))).rejects.toThrow(message);
  });

  test('a weight whose scales are too few', async () => {
    const file = replaced(nBits, 'block_size', 'block_sizx');
    await expect(open(file)).rejects.toThrow(/does not state block_size/);
  });
});

test('values in a file beside the graph are read from there', async () => {
  const file = quantisedOnnx({ kind: 'nBits', bits: 4, block: 32, zeros: false });
  const { graph, data } = withValuesApart(file, 'model.onnx_data');
  const files = new Map<string, Uint8Array>([
    ['config.json', config],
    ['onnx/model.onnx', graph],
    ['onnx/model.onnx_data', data],
  ]);
  const [apart, whole] = [await loadOnnxModel(memoryFiles(files), 'onnx/model.onnx'), await open(file)];
  for (const spec of whole.shape.tensors)
    expect([spec.name, equal(await apart.tensor(spec), await whole.tensor(spec))]).toEqual([spec.name, true]);
  expect((await apart.stored!()).fileBytes).toBe(graph.length + data.length);
  files.delete('onnx/model.onnx_data');
  await expect(loadOnnxModel(memoryFiles(files), 'onnx/model.onnx')).rejects.toThrow(/model\.onnx_data/);
});

/** Moves the values of all constants of a graph into a file. */
function withValuesApart(file: Uint8Array, location: string): { graph: Uint8Array; data: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const tensor = (message: Uint8Array): ProtoWriter => {
    const written = new ProtoWriter();
    for (const field of protoFields(message)) {
      if (field.number !== 9) copy(written, field);
      else {
        const entry = (key: string, value: string) => new ProtoWriter().text(1, key).text(2, value);
        written.message(13, entry('location', location)).message(13, entry('offset', String(offset)));
        written.message(13, entry('length', String(field.bytes!.length))).integer(14, 1);
        parts.push(field.bytes!);
        offset += field.bytes!.length;
      }
    }
    return written;
  };
  const nested = (
    message: Uint8Array,
    number: number,
    change: (inner: Uint8Array) => ProtoWriter,
  ): ProtoWriter => {
    const written = new ProtoWriter();
    for (const field of protoFields(message))
      if (field.number === number) written.message(number, change(field.bytes!));
      else copy(written, field);
    return written;
  };
  const graph = nested(file, 7, (inner) => nested(inner, 5, tensor)).finish();
  return { graph, data: Buffer.concat(parts) };
}

function copy(to: ProtoWriter, { number, integer, bytes }: ProtoField): void {
  if (integer !== undefined) to.integer(number, integer);
  else to.bytes(number, bytes!);
}
