import { expect, test } from 'vitest';
import { testGpu } from '../gpu';
import { checkGolden } from './main';

test('artefacts and records are those of fixtures/golden.json', async () => {
  const { summary, differences } = await checkGolden(true);
  console.log(summary);
  expect(differences, 'If the change is intended, run npm run golden -- --write and read the diff.').toEqual(
    [],
  );
  expect((await testGpu()).buffers.liveCount).toBe(0);
});
