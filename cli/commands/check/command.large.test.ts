import { expect, test } from 'vitest';
import { describeLarge } from '../../../src/testing/large';
import { terminal } from '../../../src/testing/terminal';
import { main as check } from './command';

const written = terminal();

describeLarge('fixtures/onnx/gpt2-tinystories.onnx', (file) => {
  test('check --onnx passes for a file that torch exported', async () => {
    expect(await check(['--model', 'gpt2-tinystories', '--onnx', file, '--adapter', 'software'])).toBe(0);
    expect(written.stdout).toMatch(
      /^onnxruntime-node \S+ \(CPU\), \d+ rows\n[^]*agreement (\d+) of \1\nPASS/,
    );
  });
});
