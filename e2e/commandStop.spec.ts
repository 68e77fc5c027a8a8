import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from './support/test';

/** The longest that Ctrl-C may take in milliseconds. Two seconds are the aim. */
const STOP_MS = 5000;
const STOPPED = 130;

/** Starts compressing on the command line, in a process of its own. */
function compress(model: string, codec: string, ...more: string[]) {
  const out = test.info().outputPath(`${more.join('')}.safetensors`);
  const args = ['--model', model, '--codec', codec, '--out', out, ...more];
  // Node then says when a thread runs.
  const env = { ...process.env, NODE_DEBUG: 'worker' };
  return spawn(process.execPath, ['scripts/cli.mjs', 'compress', ...args], { env });
}

async function checksum(...more: string[]): Promise<string | undefined> {
  const process = compress('stories260K', 'rans(rtn(bits=4,group=32))', ...more);
  return /sha256 \w+/.exec(await text(process.stdout))?.[0];
}

test('references encode in a thread, with the bytes of the adapter, and Ctrl-C ends a long one', async () => {
  const own = await checksum('--compute', 'cpu');
  expect(own).toBeDefined();
  expect(own).toBe(await checksum('--adapter', 'software'));

  // Every tensor takes minutes.
  const endless = compress('gpt2-tinystories', 'aqlm(weighting=none,iterations=50)', '--compute', 'cpu');
  let said = '';
  await new Promise<void>((resolve) => {
    endless.stderr.on('data', (output) => (said += output).includes('starts worker script') && resolve());
  });
  const ended = once(endless, 'exit');
  const stopped = performance.now();
  endless.kill('SIGINT');
  expect((await ended)[0]).toBe(STOPPED);
  expect(performance.now() - stopped).toBeLessThan(STOP_MS);
});
