import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../platform/node/folder';
import { embeddedFolder, embeddedModel, embeddedModels, imageModels, trainingModels } from './embedded';
import { loadModel } from './load/load';

const folders = ['models', 'data'].flatMap((kind) =>
  readdirSync(`public/${kind}`).map((name) => `public/${kind}/${name}`),
);

describe('model and data folders of the page', () => {
  it.each(folders)('%s has the files of its SHA256SUMS and states their source', (folder) => {
    const lines = readFileSync(`${folder}/SHA256SUMS`, 'utf8').trim().split('\n');
    const listed = new Map(lines.map((line) => line.split('  ').reverse() as [string, string]));
    expect([...listed.keys(), 'SHA256SUMS'].sort()).toEqual(readdirSync(folder).sort());
    for (const [name, sum] of listed) {
      const actual = createHash('sha256')
        .update(readFileSync(`${folder}/${name}`))
        .digest('hex');
      expect(actual, name).toBe(sum);
    }
    expect(readFileSync(`${folder}/README.md`, 'utf8')).toMatch(/https:\/\//);
    if (folder.includes('/models/')) expect(existsSync(`${folder}/LICENSE`)).toBe(true);
  });
});

describe('embedded models', () => {
  it.each([...embeddedModels, ...trainingModels, ...imageModels])(
    '$id matches its entry in the list',
    async (listed) => {
      const folder = `public/models/${listed.id}`;
      const model = await loadModel(embeddedFolder(listed.id, folderFiles(folder)));
      expect(model).toMatchObject({ id: listed.id, source: 'embedded', sha256: listed.sha256 });
      expect(model.shape).toMatchObject({
        task: listed.task,
        architecture: listed.architecture,
        parameters: listed.parameters,
      });
      const weights = listed.files.find((name) => name.endsWith('.safetensors'));
      expect(statSync(`${folder}/${weights}`).size).toBe(listed.bytes);
      expect(model.shape.maxContext).toBeGreaterThanOrEqual(listed.context ?? 0);
      const assets = readdirSync(folder).filter((name) => /^(tokenizer|preprocessor|scheduler)/.test(name));
      expect([...model.assets.keys()].sort()).toEqual(assets.sort());
      for (const name of listed.files) expect(existsSync(`${folder}/${name}`), name).toBe(true);
    },
  );

  it('are refused if their weights differ', async () => {
    const files = embeddedFolder('stories260K', folderFiles('public/models/gpt2-tinystories'));
    await expect(loadModel(files)).rejects.toMatchObject({ code: 'bad-file' });
    expect(() => embeddedModel('toString')).toThrow(/no embedded model/);
  });
});
