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
import { afterAll, describe, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import type { GgufModel } from '../../../src/models/gguf/import';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as exportModel } from '../export/command';
import { main as gguf } from './command';
import { sourceSha256 } from './check/facts';
import { openModel } from '../../../src/platform/node/models';
import { RecordsToMark } from './check/records';
import { main as sweep } from '../sweep/command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-gguf-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const SOFTWARE = ['--adapter', 'software'];
const QUICK = ['--windows', '2', '--context', '32', '--verdict', 'off', ...SOFTWARE];
const noBrowser = {
  openPage: () => expect.unreachable(),
  findChromium: () => expect.unreachable(),
};

const written = terminal();

const toGguf = (...args: string[]) => exportModel([...args, '--format', 'gguf']);

const recordsIn = (folder: string) =>
  JSON.parse(readFileSync(join(at(folder), 'records.json'), 'utf8')) as LabRecord[];

describe('a GGUF file is the model it was exported from', () => {
  test('a sweep measures it, and its records are found by their checksum', async () => {
    const codec = ['--codec', 'rtn(bits=4,group=16)'];
    expect(await sweep(['--model', 'stories260K', ...codec, ...QUICK, '--out', at('model')], noBrowser)).toBe(
      0,
    );
    expect(
      await compress(['--model', 'stories260K', ...codec, '--out', at('a.safetensors'), ...SOFTWARE]),
    ).toBe(0);
    const artefact = ['--artefact', at('a.safetensors'), '--out', at('a.gguf')];
    expect(await toGguf(...artefact, ...SOFTWARE)).toBe(0);
    expect(written.stdout).toMatch(/bytes, F32; tensors: 47 F32\nrelative error of the weights 0\n/);

    const float = ['--codec', 'float32', '--rest', 'float32'];
    expect(await sweep(['--model', at('a.gguf'), ...float, ...QUICK, '--out', at('file')], noBrowser)).toBe(
      0,
    );
    const [measured] = recordsIn('model').filter((record) => record.role === 'codec');
    const [again] = recordsIn('file').filter((record) => record.role === 'baseline');
    // The same float32 weights in the same program.
    expect(again.quality.value).toBe(measured.quality.value);

    const source = sourceSha256((await openModel(at('a.gguf'))) as GgufModel);
    expect(source).toBe(measured.artefactSha256);
    const outcome = { name: 'llama.cpp b1', value: 1e-6, agrees: true };
    expect(await (await RecordsToMark.open(at('model'), source, true)).mark(outcome)).toBe(1);
    const marked = recordsIn('model').map((record) => record.verification.independentRuntime);
    expect(marked).toEqual(
      recordsIn('model').map((record) => (record.id === measured.id ? outcome : undefined)),
    );
  });

  test('export names the tensors that are kept as F16', async () => {
    const args = ['--model', 'stories260K', '--type', 'q8_0', '--out', at('q8.gguf')];
    expect(await toGguf(...args)).toBe(0);
    expect(written.stdout).toMatch(/5 tensors kept as F16[^]*blk\.4\.ffn_down\.weight \(rows of 172\)/);
    expect(await toGguf('--model', at('q8.gguf'), '--out', at('back.gguf'))).toBe(0);
    expect(written.stdout).toMatch(/tensors: 47 F32\n/);
  });
});

describe('invalid usage and failures leave nothing behind', () => {
  const before = () => readdirSync(root).sort();

  test.each<[string, string[], number, RegExp]>([
    ['no subcommand', [], 2, /sub-command \(check, imatrix or export\) is missing/],
    ['another subcommand', ['import'], 2, /no "gguf import"/],
    ['the old spelling', ['export', '--model', 'stories260K'], 2, /is now `npm run export -- --format gguf`/],
    ['no file', ['check', 'none.gguf'], 1, /none\.gguf cannot be read \(ENOENT\)/],
  ])('%s', async (_, args, code, message) => {
    const files = before();
    const placed = args.map((arg) => (arg.endsWith('.gguf') ? at(arg) : arg));
    expect(await gguf(placed, noBrowser)).toBe(code);
    expect(written.stderr).toMatch(message);
    expect(written.stderr.trim().split('\n').length).toBe(2);
    expect(before()).toEqual(files);
  });

  test('a truncated file is refused with the name of the field before a browser is opened', async () => {
    expect(await toGguf('--model', 'stories260K', '--out', at('whole.gguf'))).toBe(0);
    const bytes = readFileSync(at('whole.gguf'));
    writeFileSync(at('half.gguf'), bytes.subarray(0, bytes.length / 2));
    expect(await gguf(['check', at('half.gguf')], noBrowser)).toBe(1);
    expect(written.stderr).toMatch(/tensor "blk\.\d\.[a-z_.]+".*do not fit/);
  });

  test('a prompt that is too long is refused before a browser is opened', async () => {
    expect(await toGguf('--model', 'stories260K', '--out', at('p.gguf'))).toBe(0);
    const prompt = ['--prompt', 'Once upon a time '.repeat(200)];
    expect(await gguf(['check', at('p.gguf'), ...prompt], noBrowser)).toBe(1);
    expect(written.stderr).toMatch(/The prompt is \d{3,} tokens long; the maximum for this model is 510\./);
  });

  test('records of other weights are refused before anything is computed', async () => {
    mkdirSync(at('empty'), { recursive: true });
    writeFileSync(at('empty/records.json'), '[]');
    expect(await toGguf('--model', 'stories260K', '--out', at('m.gguf'))).toBe(0);
    expect(await gguf(['check', at('m.gguf'), '--records', at('empty')], noBrowser)).toBe(1);
    expect(written.stderr).toMatch(/No record in/);
    expect(await gguf(['check', at('m.gguf'), '--records', at('nowhere')], noBrowser)).toBe(1);
    expect(existsSync(at('nowhere'))).toBe(false);
  });
});
