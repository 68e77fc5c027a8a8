import { afterEach, expect, it, vi } from 'vitest';
import { openOpfsStore } from './downloadStore';

afterEach(() => vi.unstubAllGlobals());

/** Stubs a private file system with one file that is deleted before it is read. */
function withLostFile(reason: string): void {
  const arrayBuffer = () => Promise.reject(new DOMException('The browser says why.', reason));
  const file = { getFile: async () => ({ size: 4, slice: () => ({ arrayBuffer }) }) };
  const folder = { getDirectoryHandle: async () => folder, getFileHandle: async () => file };
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => folder } });
}

it.each(['NotFoundError', 'NotReadableError'])(
  'a file that is deleted while it is read gives an error with a remedy (%s)',
  async (reason) => {
    withLostFile(reason);
    const source = await (await openOpfsStore()).read('owner/name/model.safetensors');
    await expect(source!.read(0, 4)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('deleted or changed in the meantime'),
      remedy: 'Download the model again.',
    });
  },
);

it('a browser without file storage gives an error', async () => {
  vi.stubGlobal('navigator', {});
  await expect(openOpfsStore()).rejects.toMatchObject({
    code: 'storage',
    message: 'This browser does not store files for the page.',
  });
});
