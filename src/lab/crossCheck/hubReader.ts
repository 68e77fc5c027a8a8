import { LabError } from '../../base/errors';
import type { FoundTensor, OtherReader } from './reader';

/** The length of the header comes first, as a 64-bit number; ranges count from the end of the header. */
const LENGTH_BYTES = 8;

/**
 * The metadata reader of Hugging Face's own package, given the file from memory in place of the hub.
 * @throws LabError network or unsupported when the package cannot be loaded
 */
export async function hubReader(): Promise<OtherReader> {
  const { parseSafetensorsMetadata } = await loadPackage();
  return {
    name: '@huggingface/hub',
    async read(file) {
      const parsed = await parseSafetensorsMetadata({
        repo: 'local/model',
        path: 'model.safetensors',
        fetch: serve(file),
      });
      if (parsed.sharded) throw new Error('it takes one file for several');
      return found(parsed.header, file);
    },
  };
}

async function loadPackage() {
  try {
    return await import('@huggingface/hub');
  } catch (error) {
    throw new LabError(
      'unsupported',
      `The reader that checks our files, @huggingface/hub, could not be loaded: ${String(error)}`,
      'In the page, check the connection; on the command line, run `npm install`.',
      error,
    );
  }
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

function found(header: object, file: Uint8Array): ReadonlyMap<string, FoundTensor> {
  const length = new DataView(file.buffer, file.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const data = LENGTH_BYTES + Number(length);
  const tensors = new Map<string, FoundTensor>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header as Header)) {
    if (name === '__metadata__') continue;
    tensors.set(name, { dtype, shape, begin: data + data_offsets[0], end: data + data_offsets[1] });
  }
  return tensors;
}

/** A hub of one file: every request is for a part of it, or for all of it. */
function serve(file: Uint8Array): typeof fetch {
  return async (_, init) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '');
    const begin = range ? Number(range[1]) : 0;
    const end = range ? Math.min(Number(range[2]) + 1, file.length) : file.length;
    const headers = { etag: '"file"', 'content-range': `bytes ${begin}-${end - 1}/${file.length}` };
    return new Response(file.slice(begin, end), { status: range ? 206 : 200, headers });
  };
}
