import { systemClock } from '../../../models/hub/clock';
import { findModel } from '../../../models/hub/findModel';
import { MemoryDownloadStore } from '../../../models/hub/memoryDownloadStore';
import { jsonBytes } from '../anyJson';
import { breakJson } from '../breakJson';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader } from '../reader';

const COMMIT = 'ab'.repeat(20);
const OID = 'cd'.repeat(20);
const LFS = 'ef'.repeat(32);
const small = (path: string) => ({ type: 'file', oid: OID, size: 10, path });
const large = (path: string) => ({
  ...small(path),
  size: 1e9,
  lfs: { oid: LFS, size: 1e9, pointerSize: 134 },
});
const shard = (i: number) => `model-0000${i}-of-00002.safetensors`;

/** The responses of a hub about a model, by the kind of request. */
const whole: Folder = new Map([
  ['revision', jsonBytes({ _id: 'x', id: 'a/b', sha: COMMIT, siblings: [{ rfilename: 'config.json' }] })],
  [
    'tree',
    jsonBytes([
      ...['config.json', 'tokenizer.json', 'tokenizer_config.json', 'README.md'].map(small),
      ...[large('model.safetensors'), { type: 'directory', oid: OID, size: 0, path: 'onnx' }],
    ]),
  ],
]);
const sharded: Folder = new Map([
  ...whole,
  [
    'tree',
    // There is no index, since a broken one would not have the listed checksum.
    jsonBytes([
      small('config.json'),
      small('vocab.json'),
      small('merges.txt'),
      large('pytorch_model.bin'),
      large(shard(1)),
    ]),
  ],
]);

const LINK = '<https://hub.example/api/models/a/b/tree/x?cursor=2>; rel="next"';

/** Responds from the folder; in some cases the first page of the tree links to another page. */
function answers(folder: Folder): typeof fetch {
  let pages = 0;
  return async (input) => {
    const url = input instanceof Request ? input.url : input.toString();
    const name = url.includes('/revision/') ? 'revision' : 'tree';
    const body = folder.get(name);
    const headers =
      name === 'tree' && pages++ === 0 && (body?.length ?? 0) % 5 === 0 ? { link: LINK } : undefined;
    return new Response(body ? body.slice() : null, { status: body ? 200 : 404, headers });
  };
}

async function read(bytes: Uint8Array): Promise<void> {
  const folder = unpacked(bytes);
  if (!folder) return;
  const real = globalThis.fetch;
  globalThis.fetch = answers(folder);
  try {
    const hub = { origin: 'https://hub.example', store: new MemoryDownloadStore() };
    const { files, revision } = await findModel(hub, 'a/b', {
      clock: { ...systemClock, sleep: async () => {} },
    });
    if (!/^[0-9a-f]{40}$/.test(revision)) throw new Error('the revision is not a commit');
    for (const { name, bytes: size } of files)
      if (!/^[\w.-]+$/.test(name) || !Number.isSafeInteger(size) || size < 0)
        throw new Error(`the file ${name} has an invalid name or size`);
  } finally {
    globalThis.fetch = real;
  }
}

/** The reader of a hub's responses about a model. */
const hubAnswers: FuzzReader = {
  name: 'hub-answers',
  reads: 'responses of a hub about a model: its commit and its list of files',
  cases: 2000,
  memory: { factor: 8 },
  refusals: ['bad-file', 'unsupported', 'bad-input', 'network'],
  prepare: async () => ({
    seeds: [whole, sharded].map(packed),
    read,
    broken: (below) => breakFolder([whole, sharded][below(2)], below, (_, bytes) => breakJson(bytes, below)),
  }),
};
export default hubAnswers;
