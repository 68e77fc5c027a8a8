import { existsSync, readFileSync } from 'node:fs';
import { parseSafetensors, toFloat32, type SafetensorsFile } from '../formats/safetensors';
import { LabError } from '../base/errors';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { architectureFor } from '../models/registry';
import { transpose } from '../bench/onnx/emit';

/** A checkpoint folder in hub layout as a model, for tests: no checksum, no assets. */
export function folderModel(folder: string, id = 'fixture'): Model {
  const config = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Record<string, unknown>;
  const architecture = architectureFor(config);
  const file = parseSafetensors(readFileSync(`${folder}/model.safetensors`));
  return {
    id,
    source: folder,
    revision: 'test',
    sha256: '',
    config,
    shape: architecture.configure(config),
    tensor: async (spec) => canonical(file, spec, architecture.prefix),
    assets: new Map(),
  };
}

function canonical(file: SafetensorsFile, spec: TensorSpec, prefix: string): Float32Array {
  const stored = file.tensors.get(spec.name) ?? file.tensors.get(spec.name.replace(prefix, ''));
  if (!stored)
    throw new LabError('bad-file', `The checkpoint has no ${spec.name}.`, 'Choose another fixture.');
  const values = toFloat32(stored);
  return spec.transposed ? transpose(values, spec.matrix[1], spec.matrix[0]) : values;
}

/** Tensors of `expected.safetensors`. */
export function expectedOf(
  folder: string,
): Map<string, { shape: readonly number[]; values: ArrayLike<number> }> {
  const { tensors } = parseSafetensors(readFileSync(`${folder}/expected.safetensors`));
  return new Map(
    [...tensors].map(([name, { dtype, shape, bytes }]) => {
      const copy = new Uint8Array(bytes).buffer;
      return [name, { shape, values: dtype === 'F32' ? new Float32Array(copy) : new Int32Array(copy) }];
    }),
  );
}

export function hasFolder(folder: string): boolean {
  return existsSync(folder);
}
