import { afterAll, expect } from 'vitest';
import { liveBytes } from './gpu';

/** Fails a test file that leaves buffers alive, since the next file uses the same GPU. */
afterAll(async () => expect(await liveBytes(), 'bytes of buffers left alive by this file').toBe(0));
