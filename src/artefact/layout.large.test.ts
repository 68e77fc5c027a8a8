import { expect, test } from 'vitest';
import { folderFiles } from '../platform/node/folder';
import { parseCodec } from '../codecs/contract/spec';
import { loadModel } from '../models/load/load';
import { describeLarge } from '../testing/large';
import { predictSize } from './layout';

describeLarge('models/stories15M', (folder) => {
  test('the header of a file with 56 tensors takes at most 7,000 bytes', async () => {
    const model = await loadModel(folderFiles(folder));
    const recipe = { spec: parseCodec('rans(grid)'), scope: 'all', rest: 'float16' } as const;
    expect((await predictSize(model, recipe)).parts.header).toBeLessThanOrEqual(7000);
  });
});
