import { sha256Hex } from '../../base/checksum';
import { invariant, LabError } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { headTensors } from '../../models/program';
import { architectureFor } from '../../models/registry';
import type { HeadData } from './headData';

/** Stream of the keyed generator that draws weights; tensors have streams of their own. */
const STREAM = 0x5c00_0000;

/**
 * Returns the model with other weights.
 * @param values canonical [out, in] by tensor name, all of them
 */
export async function withValues(model: Model, values: ReadonlyMap<string, Float32Array>): Promise<Model> {
  const all = model.shape.tensors.map(({ name }) => {
    const found = values.get(name);
    invariant(found, `trained weights lack ${name}`);
    return new Uint8Array(found.buffer, found.byteOffset, found.byteLength);
  });
  const sha256 = await sha256Hex(...all);
  return {
    ...model,
    revision: `trained ${sha256.slice(0, 12)}`,
    sha256,
    tensor: async ({ name }) => values.get(name)!.slice(),
  };
}

/**
 * Returns the model before any training: matrices uniform within ±1 ÷ √in (PyTorch's default for linear layers), norms
 * 1, everything else 0. Equal seeds give equal weights.
 */
export function drawnModel(model: Model, seed: number): Promise<Model> {
  return withValues(
    model,
    new Map(
      model.shape.tensors.map((spec, i) => [spec.name, drawn(spec, new KeyedRandom(seed, STREAM + i))]),
    ),
  );
}

/**
 * Returns the model with a new classifier for the classes of a data set, drawn as `drawnModel` draws it. Its config.json names them, and
 * all other weights are the model's own.
 * @throws LabError bad-plan for a model of images with other channels
 */
export async function withNewHead(model: Model, data: HeadData, seed: number): Promise<Model> {
  const { classes } = data;
  refuseOtherChannels(model, data);
  const config = {
    ...model.config,
    ...('num_labels' in model.config && { num_labels: classes.length }),
    id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
  };
  const shape = architectureFor(config).configure(config);
  const head = new Map(
    headTensors(shape).map((spec) => {
      const random = new KeyedRandom(seed, STREAM + shape.tensors.indexOf(spec));
      return [spec.name, drawn(spec, random)] as const;
    }),
  );
  const parts = [...head.values()].map((values) => new Uint8Array(values.buffer));
  const sha256 = await sha256Hex(new TextEncoder().encode(model.sha256), ...parts);
  return {
    ...model,
    ...{ config, shape, sha256, revision: `new classifier ${sha256.slice(0, 12)}` },
    tensor: async (spec) => head.get(spec.name)?.slice() ?? model.tensor(spec),
  };
}

function refuseOtherChannels({ id, shape }: Model, data: HeadData): void {
  const { channels } = shape.image!;
  if (channels === data.channels) return;
  throw new LabError(
    'bad-plan',
    `Images of ${data.id} have ${data.channels === 1 ? 'one channel' : `${data.channels} channels`}; ${id} takes ${channels}.`,
    'Choose a head of a data set with as many channels.',
  );
}

function drawn({ role, name, matrix: [rows, columns] }: TensorSpec, random: KeyedRandom): Float32Array {
  const values = new Float32Array(rows * columns);
  if (role === 'norm') return name.endsWith('bias') ? values : values.fill(1);
  if (role === 'bias') return values;
  const bound = 1 / Math.sqrt(columns);
  return values.map(() => (2 * random.nextUniform() - 1) * bound);
}
