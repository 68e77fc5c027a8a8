import { expect, test } from 'vitest';
import { terminal } from '../../../../src/testing/terminal';
import { main } from './command';

const written = terminal();

test('prints the published figures, marked as assumptions', async () => {
  expect(await main([])).toBe(0);
  const text = written.stdout;
  expect(text).toMatch(/assumptions.*not measured/s);
  for (const figure of ['llama-2-7b on T4', '2.78', '$730,000', '$65,700', '$5,475', '9.0 %'])
    expect(text).toContain(figure);
});

test('batches several prompts and falls back where the limits cannot be held', async () => {
  const prompts = Array.from({ length: 33 }, () => ['--prompt', 'Tell me a story']).flat();
  expect(await main([...prompts, '--max-latency', '10'])).toBe(0);
  expect(written.stdout).toMatch(/fallback: llama-2-70b/);
  expect(written.stdout).toMatch(/Batch of 32 for llama-2-70b\nBatch of 1 for llama-2-70b/);
});

test.each([
  { args: ['--price-per-request', '-1'], message: '--price-per-request' },
  { args: ['--optimisation-rate', '1.5'], message: 'from 0 to 1' },
  { args: ['--max-tokens', '2.5'], message: 'whole number' },
  { args: ['--prompt', '  '], message: 'no words' },
  { args: ['--requested', 'llama-3'], message: 'llama-2-70b' },
])('refuses $args', async ({ args, message }) => {
  expect(await main(args)).toBe(2);
  expect(written.stderr).toContain(message);
});
