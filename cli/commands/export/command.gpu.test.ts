import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { terminal } from '../../../src/testing/terminal';
import { main as compress } from '../compress/command';
import { main as decompress } from '../decompress/command';
import { main as exportModel } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-export-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const SOFTWARE = ['--adapter', 'software'];
const CALIBRATION = ['--calibration-windows', '2', '--context', '32'];

const written = terminal();

test('GPTQ of a model is a folder that decompress restores to the weights of the artefact', async () => {
  const codec = ['--model', 'gpt2-tinystories', '--codec', 'gptq(bits=4,group=128)', ...CALIBRATION];
  const artefact = at('gptq.safetensors');
  expect(await compress([...codec, '--out', artefact, ...SOFTWARE])).toBe(0);
  const out = (format: string, path: string) => [
    '--artefact',
    artefact,
    '--format',
    format,
    '--out',
    at(path),
    ...SOFTWARE,
  ];
  expect(await exportModel(out('gptq', 'gptq'))).toBe(0);
  expect(written.stdout).toContain('16 matrices as GPTQ');
  expect(readdirSync(at('gptq')).sort()).toEqual(
    [
      'config.json',
      'model.safetensors',
      'quantize_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ].sort(),
  );
  expect(await exportModel(out('safetensors', 'decoded'))).toBe(0);
  expect(await decompress([at('gptq'), '--out', at('restored')])).toBe(0);
  const weights = (folder: string) => readFileSync(join(at(folder), 'model.safetensors'));
  expect(weights('restored').equals(weights('decoded'))).toBe(true);
});

test('ONNX beside a config is a model that decompress restores to the weights of the artefact', async () => {
  const codec = ['--model', 'stories260K', '--codec', 'rtn(bits=4,group=32,scheme=asymmetric)', ...SOFTWARE];
  expect(await exportModel([...codec, '--format', 'safetensors', '--out', at('float32')])).toBe(0);
  mkdirSync(at('onnx'));
  cpSync(join(at('float32'), 'config.json'), join(at('onnx'), 'config.json'));
  expect(await exportModel([...codec, '--format', 'onnx', '--out', at('onnx/model.onnx')])).toBe(0);
  expect(await decompress([at('onnx/model.onnx'), '--out', at('from-onnx')])).toBe(0);
  const weights = (folder: string) => readFileSync(join(at(folder), 'model.safetensors'));
  expect(weights('from-onnx').equals(weights('float32'))).toBe(true);
});

describe('failures leave nothing behind', () => {
  const before = () => readdirSync(root).sort();

  test.each<[string, string[], RegExp]>([
    ['rows that the format does not pack', ['stories260K', 'gptq', 'rtn(bits=4,group=32)'], /172 outputs/],
    ['codes that the format does not have', ['stories260K', 'mlx', 'nf4'], /stored as levels of a table/],
    ['a GGUF file of an image classifier', ['vit-cifar10', 'gguf', 'float16'], /"vit"/],
  ])('%s', async (_, [model, format, codec], message) => {
    const files = before();
    const args = ['--model', model, '--codec', codec, '--format', format, '--out', at('none'), ...SOFTWARE];
    expect(await exportModel(args)).toBe(1);
    expect(written.stderr).toMatch(message);
    expect(before()).toEqual(files);
  });

  test('a GGUF type whose blocks fit no row', async () => {
    // Its rows have 2 and 8 weights.
    const args = ['--model', 'fixtures/arch/gpt2-width2', '--format', 'gguf', '--type', 'TQ1_0'];
    expect(await exportModel([...args, '--out', at('x.gguf')])).toBe(1);
    expect(written.stderr).toMatch(/multiple of 32/);
    expect(existsSync(at('x.gguf'))).toBe(false);
  });

  test('a path that cannot be written', async () => {
    mkdirSync(at('taken.gguf/inner'), { recursive: true });
    const files = before();
    const args = ['--model', 'stories260K', '--format', 'gguf', '--out', at('taken.gguf')];
    expect(await exportModel(args)).toBe(1);
    expect(written.stderr).toContain('EISDIR');
    expect(before()).toEqual(files);
  });

  test('Ctrl-C', async () => {
    const files = before();
    const args = ['--model', 'gpt2-tinystories', '--format', 'gguf', '--out', at('stopped.gguf')];
    const running = exportModel(args);
    setTimeout(() => process.emit('SIGINT'));
    expect(await running).toBe(130);
    expect(before()).toEqual(files);
  });
});
