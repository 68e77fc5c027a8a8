import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { folderFiles } from '../../../src/platform/node/folder';
import { loadModel } from '../../../src/models/load/load';
import { exportModel } from '../../../src/models/load/export';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-compress-'));
afterAll(() => rmSync(root, { recursive: true }));

const written = terminal();

/** Creates a folder for one output, so that tests can check that nothing else is written. */
function freshFolder(): string {
  return mkdtempSync(join(root, 'out-'));
}

const run = (model: string, codec: string, out: string) =>
  compress(
    [
      '--model',
      model,
      '--codec',
      codec,
      '--calibration-windows',
      '2',
      '--context',
      '16',
      '--out',
      out,
    ].concat(['--adapter', 'software']),
  );

/** Writes stories260K with changed weights to a folder and returns its path. */
async function writeAltered(change: (name: string, values: Float32Array) => Float32Array): Promise<string> {
  const model = await loadModel(folderFiles('public/models/stories260K'));
  const files = await exportModel({
    ...model,
    tensor: async (spec) => change(spec.name, (await model.tensor(spec)).slice()),
  });
  const folder = mkdtempSync(join(root, 'model-'));
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  return folder;
}

test.each(['rtn', 'gptq'])(
  'a weight that %s cannot encode ends with exit code 1, names the tensor and leaves no file',
  async (codec) => {
    const name = 'model.layers.3.mlp.down_proj.weight';
    // The scale of a group with 3e38 overflows float16.
    const model = await writeAltered((n, w) => (n === name ? w.fill(3e38, 0, 8) : w));
    const folder = freshFolder();
    expect(await run(model, codec, join(folder, 'a.safetensors'))).toBe(1);
    expect(written.stderr).toContain('model.layers.');
    expect(written.stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.each(['rans(rtn)', 'gptq'])(
  'Ctrl-C while %s encodes ends with exit code 130 and leaves no file',
  async (codec) => {
    const folder = freshFolder();
    let stopped = false;
    vi.mocked(process.stderr.write).mockImplementation((text) => {
      // The second matrix is being encoded, so a partial file exists.
      if (!stopped && String(text).includes('model.layers.')) stopped = process.emit('SIGINT');
      return true;
    });
    expect(await run('stories260K', codec, join(folder, 'a.safetensors'))).toBe(130);
    expect(stopped).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a run that fails does not change an existing file', async () => {
  const model = await writeAltered((n, w) =>
    n.includes('layers.0.self_attn.q_proj') ? w.fill(3e38, 0, 8) : w,
  );
  const out = join(freshFolder(), 'a.safetensors');
  writeFileSync(out, 'kept');
  expect(await run(model, 'rtn', out)).toBe(1);
  expect(readFileSync(out, 'utf8')).toBe('kept');
});

test('invalid calibration data ends with exit code 2 and leaves no file', async () => {
  const out = join(freshFolder(), 'a.safetensors');
  const evaluation = ['--calibration', 'tinystories', '--out', out, '--adapter', 'software'];
  expect(await compress(['--model', 'stories260K', '--codec', 'gptq', ...evaluation])).toBe(2);
  expect(written.stderr).toMatch(/kept for measuring/);
  expect(existsSync(out)).toBe(false);
});

test('a file that cannot be written ends with exit code 1 and leaves nothing behind', async () => {
  mkdirSync(join(root, 'occupied/folder'), { recursive: true });
  expect(await run('stories260K', 'nf4', join(root, 'occupied/folder'))).toBe(1);
  expect(written.stderr).toContain('EISDIR');
  expect(readdirSync(join(root, 'occupied'))).toEqual(['folder']);
});
