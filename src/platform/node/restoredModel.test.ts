import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseSafetensors } from '../../formats/safetensors/read';
import { loadModel } from '../../models/load/load';
import { openDeltaModel } from '../../delta/restoredModel';
import { folderFiles } from './folder';
import { openLocal } from './localFile';
import { writeModelDelta } from './modelDelta';
import { publicFolder } from './paths';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-delta-model-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const BASE = publicFolder('models/stories260K');
const CHANGED = 'model.layers.2.mlp.up_proj.weight';

/** A model in which one matrix differs in the lowest bits of every seventh value. */
function tunedModel(): string {
  cpSync(BASE, at('tuned'), { recursive: true });
  const file = join(at('tuned'), 'model.safetensors');
  const bytes = new Uint8Array(readFileSync(file));
  const weight = parseSafetensors(bytes).tensors.get(CHANGED)!.bytes;
  for (let i = 0; i < weight.length; i += 28) weight[i] ^= 0x5a;
  writeFileSync(file, bytes);
  return at('tuned');
}

test('the model of a delta has the fine-tuned tensors, and the size of the delta', async () => {
  const folders = { base: BASE, tuned: tunedModel() };
  const file = at('tuned.delta');
  await writeModelDelta(file, folders, { exact: true, maxError: 0, seed: 1 }, {});
  const open = async (base: string) =>
    openDeltaModel('tuned.delta', await openLocal(file), folderFiles(base));
  const [model, tuned] = [await open(BASE), await loadModel(folderFiles(folders.tuned))];
  expect(model.id).toBe('tuned.delta');
  expect([...model.assets.keys()]).toEqual([...tuned.assets.keys()]);
  for (const spec of tuned.shape.tensors) expect(await model.tensor(spec)).toEqual(await tuned.tensor(spec));
  const { fileBytes, assetBytes, bytes, tensorBytes, scheme } = await model.stored!();
  expect(fileBytes).toBe(statSync(file).size);
  expect(assetBytes).toBe(0);
  expect(scheme).toBe('delta from stories260K, exact');
  expect([...tensorBytes].filter(([, size]) => size > 0)).toEqual([[CHANGED, bytes.codes]]);
  await expect(open(folders.tuned)).rejects.toThrow(/is not the base of this delta/);
});
