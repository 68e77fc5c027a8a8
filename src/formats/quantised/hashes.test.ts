import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { fixture } from '../../testing/fixtures';
import { bytesSource } from '../byteSource';
import type { FileTensor } from '../fileTensor';
import { openSafetensors } from '../safetensors/read';
import { QUANTISED_FORMATS } from './formats';
import { RestoredTensor } from './types';

interface ExpectedTensor {
  shape: number[];
  sha256: string;
  sha256Float16?: string;
  sha256Bfloat16?: string;
}

const FOLDER = fixture('quantised');
/** What the tools that made the files decode them to, by folder and tensor. */
const EXPECTED = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Record<
  string,
  Record<string, ExpectedTensor>
>;

async function openFolder(
  folder: string,
): Promise<{ scheme: string; tensors: ReadonlyMap<string, FileTensor> }> {
  const config = JSON.parse(readFileSync(`${FOLDER}/${folder}/config.json`, 'utf8')) as {
    quantization_config: Record<string, unknown> & { quant_method?: string };
  };
  const settings = config.quantization_config;
  const tensors = await openSafetensors(bytesSource(readFileSync(`${FOLDER}/${folder}/model.safetensors`)));
  const format = await QUANTISED_FORMATS[settings.quant_method ?? 'mlx']();
  return format.open({ settings, tensors, isConv1d: () => false });
}

describe.each(Object.entries(EXPECTED))('%s', (folder, weights) => {
  test('restores every weight to the bits its own tool restores', async () => {
    const { tensors } = await openFolder(folder);
    for (const [name, { shape, sha256 }] of Object.entries(weights)) {
      const tensor = tensors.get(name)!;
      expect([name, tensor.shape, await sha256Hex(await tensor.read())]).toEqual([name, shape, sha256]);
    }
    const restored = [...tensors].filter(([, tensor]) => tensor instanceof RestoredTensor);
    expect(restored.map(([name]) => name).sort()).toEqual(Object.keys(weights).sort());
  });
});
