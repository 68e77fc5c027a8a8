import { describe, expect, test } from 'vitest';
import { fixture } from '../../../src/testing/fixtures';
import { terminal } from '../../../src/testing/terminal';
import { main as check } from './command';

const SOFTWARE = ['--adapter', 'software'];
const written = terminal();

describe('check against Hugging Face transformers', () => {
  const checked = (name: string, ...more: string[]) => {
    const folder = fixture(`arch/${name}`);
    return check(['--model', folder, '--expected', `${folder}/expected.safetensors`, ...SOFTWARE, ...more]);
  };

  test.each(['llama-gqa', 'vit'])('%s passes', async (name) => {
    expect(await checked(name)).toBe(0);
    expect(written.stdout).toMatch(/max abs difference \d\.\d+e-[5-9][^]*agreement (\d+) of \1\nPASS/);
  });

  test('a difference above the tolerance ends with exit code 1', async () => {
    expect(await checked('llama-gqa', '--tolerance', '0')).toBe(1);
    expect(written.stdout).toContain('FAIL');
  });
});

describe('check against an ONNX file that torch exported', () => {
  const onnx = (model: string, name: string) =>
    check(['--model', model, '--onnx', fixture(`onnx/${name}.onnx`), ...SOFTWARE]);

  test('vit-cifar10 passes', async () => {
    expect(await onnx('vit-cifar10', 'vit-cifar10')).toBe(0);
    expect(written.stdout).toMatch(
      /^onnxruntime-node \S+ \(CPU\), \d+ rows\n[^]*agreement (\d+) of \1\nPASS/,
    );
  });

  test('refuses a file of another model, and one that is not ONNX', async () => {
    expect(await onnx('gpt2-tinystories', 'stories260K')).not.toBe(0);
    expect(written.stderr).toMatch(/ONNX Runtime cannot run|logits, but gpt2-tinystories has/);
    written.stderr = '';
    const file = 'public/models/stories260K/config.json';
    expect(await check(['--model', 'stories260K', '--onnx', file, ...SOFTWARE])).toBe(1);
    expect(written.stderr).toMatch(/ONNX Runtime cannot run .*config\.json/);
  });

  test('needs exactly one of --expected and --onnx', async () => {
    expect(await check(['--model', 'stories260K'])).toBe(2);
    expect(await check(['--model', 'stories260K', '--onnx', 'a', '--expected', 'b'])).toBe(2);
    expect(written.stderr).toContain('Give either --expected FILE or --onnx FILE.');
  });
});
