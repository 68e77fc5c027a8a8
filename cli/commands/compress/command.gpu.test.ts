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

/** A folder of its own for each output: nothing but the file may ever be in it. */
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

/** stories260K with a weight changed, as a folder. */
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
  'a weight that %s cannot code ends with 1 and the tensor’s name, and no file',
  async (codec) => {
    const name = 'model.layers.3.mlp.down_proj.weight';
    // 3e38 fits no float16 scale.
    const model = await writeAltered((n, w) => (n === name ? w.fill(3e38, 0, 8) : w));
    const folder = freshFolder();
    expect(await run(model, codec, join(folder, 'a.safetensors'))).toBe(1);
    expect(written.stderr).toContain('model.layers.');
    expect(written.stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.each(['rans(rtn)', 'gptq'])(
  'Ctrl-C while %s encodes ends with 130 and leaves no file',
  async (codec) => {
    const folder = freshFolder();
    let stopped = false;
    vi.mocked(process.stderr.write).mockImplementation((text) => {
      // The second matrix is under way: there would be half a file to leave behind.
      if (!stopped && String(text).includes('model.layers.')) stopped = process.emit('SIGINT');
      return true;
    });
    expect(await run('stories260K', codec, join(folder, 'a.safetensors'))).toBe(130);
    expect(stopped).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test('a run that fails leaves an older file as it was', async () => {
  const model = await writeAltered((n, w) =>
    n.includes('layers.0.self_attn.q_proj') ? w.fill(3e38, 0, 8) : w,
  );
  const out = join(freshFolder(), 'a.safetensors');
  writeFileSync(out, 'kept');
  expect(await run(model, 'rtn', out)).toBe(1);
  expect(readFileSync(out, 'utf8')).toBe('kept');
});

test('calibration data that cannot be used is wrong use: 2, and no file', async () => {
  const out = join(freshFolder(), 'a.safetensors');
  const evaluation = ['--calibration', 'tinystories', '--out', out, '--adapter', 'software'];
  expect(await compress(['--model', 'stories260K', '--codec', 'gptq', ...evaluation])).toBe(2);
  expect(written.stderr).toMatch(/kept for measuring/);
  expect(existsSync(out)).toBe(false);
});

test('a file that cannot be written is 1 and leaves nothing behind', async () => {
  mkdirSync(join(root, 'occupied/folder'), { recursive: true });
  expect(await run('stories260K', 'nf4', join(root, 'occupied/folder'))).toBe(1);
  expect(written.stderr).toContain('EISDIR');
  expect(readdirSync(join(root, 'occupied'))).toEqual(['folder']);
});
