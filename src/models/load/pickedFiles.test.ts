import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { blobSource, fileListSource, isLocalId, pickModel, type PickedFile } from './pickedFiles';
import { loadModel } from './load';

const picked = (...paths: string[]): PickedFile[] => paths.map((path) => ({ path, file: new Blob([path]) }));
const failure = (files: PickedFile[]): LabError => {
  try {
    pickModel(files);
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error('no LabError was thrown');
};

describe('pickModel', () => {
  test('uses the folder of config.json as the root', () => {
    const found = pickModel(
      picked('my model/v 1/config.json', 'my model/v 1/model.safetensors', 'my model/a.txt'),
    );
    expect(found).toMatchObject({ id: 'local:v-1' });
    expect([...found.files.keys()]).toEqual(['config.json', 'model.safetensors']);
  });

  test('takes the one ONNX file below config.json where there is no checkpoint', () => {
    const paths = ['m/config.json', 'm/onnx/config.json', 'm/onnx/model.onnx'];
    const found = pickModel(picked(...paths));
    expect(found).toMatchObject({ id: 'local:model.onnx', weights: 'onnx/model.onnx' });
    expect([...found.files.keys()]).toContain('onnx/model.onnx');
    const beside = pickModel(picked(...paths, 'm/model.safetensors'));
    expect(beside).toMatchObject({ id: 'local:m' });
    expect(beside).not.toHaveProperty('weights');
    expect(failure(picked(...paths, 'm/onnx/model_q4.onnx')).message).toMatch(/2 models.*onnx\/model\.onnx/);
  });

  test('accepts files without a folder and GGUF files', () => {
    expect(pickModel(picked('config.json', 'model.safetensors')).id).toBe('local:files');
    expect(pickModel(picked('a/Llama Q8.gguf', 'a/readme.md'))).toMatchObject({
      id: 'local:Llama-Q8.gguf',
      weights: expect.stringMatching(/gguf$/i),
    });
  });

  test('refuses files with no model or several models', () => {
    expect(failure(picked('a.txt')).message).toMatch(
      /no config\.json and no \.gguf file among the 1 chosen file/,
    );
    expect(failure([]).remedy).toMatch(/tokenizer\.json/);
    expect(failure(picked('a/config.json', 'b/config.json')).message).toMatch(/2 models.*a\/config\.json/);
    expect(failure(picked('a.gguf', 'b.gguf')).remedy).toMatch(/^Choose one of them/);
  });

  test('returns a valid id or throws a LabError for any paths', () => {
    const step = fc.oneof(fc.string(), fc.constantFrom('config.json', 'x.gguf', '..', ''));
    const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join('/'));
    fc.assert(
      fc.property(fc.array(path, { maxLength: 6 }), (paths) => {
        try {
          const { id } = pickModel(picked(...paths));
          expect(isLocalId(id)).toBe(true);
          expect(encodeURIComponent(id)).toBe(id.replace(':', '%3A'));
          expect(id.length).toBeLessThan(100);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
    );
  });
});

describe('fileListSource', () => {
  const folder = 'public/models/stories260K';
  const file = (name: string) => ({
    path: `stories260K/${name}`,
    file: new Blob([readFileSync(`${folder}/${name}`)]),
  });
  const names = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'];

  test('a model loads from it', async () => {
    const model = await loadModel(fileListSource(pickModel(names.map(file))));
    expect(model).toMatchObject({
      id: 'local:stories260K',
      source: 'local',
      sha256: '407a7c581bdd66972383ce9ad24857713fb98786d06ea564a2fe9b34ebe77dfd',
    });
    const spec = model.shape.tensors[0];
    expect(await model.tensor(spec)).toHaveLength(spec.matrix[0] * spec.matrix[1]);
  });

  test('a missing file and one that is gone since give errors', async () => {
    const source = fileListSource(pickModel(picked('config.json')));
    await expect(source.read('model.safetensors')).rejects.toThrow('is not among the chosen files');
    const gone = new Blob(['abc']);
    gone.slice = () =>
      ({
        arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')),
      }) as unknown as Blob;
    await expect(blobSource('a.bin', gone).read(0, 3)).rejects.toMatchObject({
      code: 'bad-file',
      message: 'a.bin can no longer be read: gone.',
    });
    await expect(blobSource('a.bin', new Blob(['abc'])).read(1, 3)).rejects.toThrow('only 2 of 3 bytes');
  });
});
