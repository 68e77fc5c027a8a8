import { afterAll, describe, expect, test } from 'vitest';
import { goldenSpecs } from '../testing/golden/specs';
import { testGpu } from '../testing/gpu';
import { bothLabs, expectSameArtefacts } from './testing/hostArtefacts';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));
const labs = await bothLabs(gpu);

describe('a lab without an adapter writes the artefacts of one with an adapter, whatever the codec', () => {
  test.each(goldenSpecs())('$name', ({ spec }) => expectSameArtefacts(labs, spec));
});
