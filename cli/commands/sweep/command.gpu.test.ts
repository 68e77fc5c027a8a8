import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as decompress } from '../decompress/command';
import { main as sweep } from './command';

/** Maximum difference between the losses of a codec and those of its restored folder, in nats per token. */
const RESTORED_NLL = 1e-6;

const root = mkdtempSync(join(tmpdir(), 'bitcurve-sweep-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const SOFTWARE = ['--adapter', 'software'];
const noBrowser = { openPage: () => expect.unreachable() };

const written = terminal();

const recordsIn = (folder: string) =>
  JSON.parse(readFileSync(join(at(folder), 'records.json'), 'utf8')) as LabRecord[];

const QUICK = ['--windows', '2', '--context', '32', '--verdict', 'off', ...SOFTWARE];

describe('sweep, compress and decompress use the same bytes', () => {
  test('the artefact is the one that the sweep measured, and its restored folder has the same losses', async () => {
    const codec = ['--model', 'stories260K', '--codec', 'rtn(bits=3,group=16)'];
    expect(await sweep([...codec, ...QUICK, '--out', at('first')], noBrowser)).toBe(0);
    expect(written.stdout).toContain('`rtn(bits=3,group=16)`');
    const measured = recordsIn('first').find((record) => record.role === 'codec')!;

    expect(await compress([...codec, '--out', at('a.safetensors'), ...SOFTWARE])).toBe(0);
    expect(statSync(at('a.safetensors')).size).toBe(measured.size.totalBytes);
    expect(written.stdout).toContain(`sha256 ${measured.artefactSha256}`);

    expect(await decompress([at('a.safetensors'), '--out', at('restored'), ...SOFTWARE])).toBe(0);
    expect(readdirSync(at('restored')).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const restored = ['--model', at('restored'), '--codec', 'float32', '--rest', 'float32'];
    expect(await sweep([...restored, ...QUICK, '--out', at('second')], noBrowser)).toBe(0);
    const again = recordsIn('second').find((record) => record.role === 'codec')!;
    const nll = ({ samples }: LabRecord) => samples.map((s) => ('nll' in s ? s.nll / s.tokens : NaN));
    const expected = nll(measured);
    nll(again).forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(RESTORED_NLL));
    expect(expected.length).toBe(2);
  });

  test('a software adapter leaves the model to the CPU, unless the GPU is asked for', async () => {
    const args = ['--model', 'stories260K', '--codec', 'float16', ...QUICK];
    expect(recordsIn('first').map(({ environment }) => environment.compute)).toEqual(['cpu', 'cpu']);
    expect(await sweep([...args, '--compute', 'gpu', '--out', at('gpu')], noBrowser)).toBe(0);
    expect(recordsIn('gpu').map(({ environment }) => environment.compute)).toEqual(['gpu', 'gpu']);
  });

  test('a second sweep into the same folder measures nothing again', async () => {
    const before = recordsIn('first').filter((record) => record.role === 'codec');
    const args = ['--model', 'stories260K', '--codec', 'rtn(bits=3,group=16);float16', ...QUICK];
    expect(await sweep([...args, '--out', at('first')], noBrowser)).toBe(0);
    const after = recordsIn('first').filter((record) => record.role === 'codec');
    expect(after.map((record) => record.codec.id).sort()).toEqual(['float16', 'rtn']);
    expect(after).toContainEqual(before[0]);
  });
});

describe('exit codes', () => {
  test('invalid usage is 2, with a message and a remedy and nothing on stdout', async () => {
    expect(await sweep(['--codec', 'zip'], noBrowser)).toBe(2);
    expect(written.stderr).toMatch(/no codec "zip"[^]*Known codecs/);
    expect(await compress([])).toBe(2);
    expect(written.stdout).toBe('');
  });

  test('invalid usage is 2 also where it depends on the model or the data, without a stack trace', async () => {
    const model = ['--model', 'stories260K', '--codec', 'nf4', ...SOFTWARE];
    expect(await sweep([...model, '--context', '1024'], noBrowser)).toBe(2);
    expect(written.stderr).toContain('at most 512');
    expect(await sweep(['--model', 'vit-cifar10', '--images', '2001', ...SOFTWARE], noBrowser)).toBe(2);
    expect(written.stderr).toContain('at most 2000');
    mkdirSync(at('strange/config.json'), { recursive: true });
    expect(await sweep(['--model', at('strange')], noBrowser)).toBe(2);
    expect(written.stderr).toMatch(/config\.json cannot be read \(EISDIR\)/);
    expect(written.stderr).not.toMatch(/^\s+at /m);
  });

  test('help is 0', async () => {
    expect(await sweep(['--help'], noBrowser)).toBe(0);
    expect(written.stdout).toContain('--protocol windows|sliding');
  });

  test('Ctrl-C is 130 and keeps finished records', async () => {
    const args = [
      '--model',
      'stories260K',
      '--codec',
      'float16;rtn(bits=4);nf4',
      ...QUICK,
      '--out',
      at('stopped'),
    ];
    vi.mocked(process.stderr.write).mockImplementation((text) => {
      // The second codec is being measured, so the first one's record is on disk.
      if (String(text).includes('rtn')) process.emit('SIGINT');
      return true;
    });
    expect(await sweep(args, noBrowser)).toBe(130);
    expect(recordsIn('stopped').map((record) => record.codec.id)).toContain('float16');
    expect(recordsIn('stopped').map((record) => record.codec.id)).not.toContain('nf4');
  });
});
