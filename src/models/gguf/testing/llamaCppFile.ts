import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { parseGguf } from '../../../formats/gguf/parse';
import { decodeGgufTensor, ggufTensorBytes } from '../../../formats/gguf/tensor';
import { importGguf } from '../import';
import { ggufLayout, ggufName, rotaryHeadWidths } from '../layout';

/** SHA-256 of the stored bytes and of the float32 values of a tensor, as llama.cpp decodes it. */
export type ExpectedTensor = readonly [type: string, stored: string, decoded: string];

const sha256 = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');

/**
 * Expects that a file which llama-quantize wrote has the given tensors, and that the model in it has their values. Rows of a Llama's
 * queries and keys lie in another order in the file, so that those are compared in the file only.
 */
export async function expectLlamaCppFile(
  bytes: Uint8Array,
  expected: Readonly<Record<string, ExpectedTensor>>,
): Promise<void> {
  const file = parseGguf(bytes);
  const stored = file.tensors.map((tensor) => {
    const data = ggufTensorBytes(bytes, file, tensor);
    return [tensor.name, [tensor.type, sha256(data), sha256(decodeGgufTensor(tensor, data))]];
  });
  expect(Object.fromEntries(stored)).toEqual(expected);
  const model = await importGguf(bytes, 'file');
  const { shape } = model;
  const layout = ggufLayout(shape.architecture);
  const rotary = rotaryHeadWidths(layout, shape);
  for (const spec of shape.tensors.filter(({ name }) => !rotary.has(name))) {
    const [, , decoded] = expected[ggufName(layout, spec)];
    expect([spec.name, sha256(await model.tensor(spec))]).toEqual([spec.name, decoded]);
  }
}
