import { expect, test } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import { parseCodecs } from '../../codecs/contract/spec';
import { resolveCodec } from '../../codecs/contract/registry';
import { referenceThread } from './referenceThread';

/** A thread that handles messages by a function, given as text. */
function threadOf(handler: string) {
  const code = `import { parentPort } from 'node:worker_threads'; parentPort.on('message', ${handler});`;
  return referenceThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
}

const [spec] = parseCodecs('rans(rtn(bits=4))');
const codec = await resolveCodec(spec);
const workOn = (name: string, values = new Float32Array(2)) => ({
  source: { name, shape: [1, values.length] as const, values },
  options: spec.options,
});

test('Stop ends a reference at once, and the next one runs in a new thread', async () => {
  const run = threadOf(
    `({ work, port }) => { while (work.source.name === 'endless'); port.postMessage({ result: work.source.name }); }`,
  );
  const stop = new AbortController();
  const running = run(codec, workOn('endless'), stop.signal);
  expect(await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 100))])).toBeUndefined();
  stop.abort();
  await expect(running).rejects.toThrow(Cancelled);
  expect(await run(codec, workOn('short'))).toBe('short');
});

test('the thread gets the codec with the one inside it, and of a buffer only the values of the tensor', async () => {
  const run = threadOf('({ spec, work, port }) => port.postMessage({ result: { spec, work } })');
  const values = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
  const got = (await run(codec, workOn('w', values))) as unknown as {
    spec: object;
    work: ReturnType<typeof workOn>;
  };
  expect(got.spec).toEqual(spec);
  expect(new Float32Array(got.work.source.values.buffer)).toEqual(Float32Array.of(2, 3));
});

test('a failure of the reference keeps its code and its remedy', async () => {
  const error = { code: 'not-finite', message: 'It overflows.', remedy: 'Choose more bits.' };
  const run = threadOf(`({ port }) => port.postMessage({ error: ${JSON.stringify(error)} })`);
  const failure = await Promise.resolve(run(codec, workOn('w'))).catch((caught: unknown) => caught);
  expect(failure).toBeInstanceOf(LabError);
  expect(failure).toMatchObject(error);
});

test('a thread that ends by itself is a failure', async () => {
  const run = threadOf('() => process.exit()');
  await expect(run(codec, workOn('w'))).rejects.toThrow(/ended/);
});
