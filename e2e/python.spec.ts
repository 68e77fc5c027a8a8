import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FromPython } from '../src/python/messages';
import { expect, test } from './support/test';

interface Problem {
  prompt: string;
  canonical_solution: string;
  test: string;
  entry_point: string;
}
const [problem] = gunzipSync(readFileSync('public/data/humaneval/HumanEval.jsonl.gz'))
  .toString()
  .split('\n', 1)
  .map((line) => JSON.parse(line) as Problem);

/** The built worker of the sandbox, which the lab's worker starts with the first program. */
const script = readdirSync('dist/page/assets').find((name) => /^python\.worker-.*\.js$/.test(name));

test('Python runs in the page under its policy, and reaches no network', async ({ lab, page }) => {
  await page.goto('/');
  await lab.expectState('ready');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const guard = readFileSync('src/python/guard.py', 'utf8');
  const { prompt, canonical_solution, test: check, entry_point } = problem;
  const programs = [
    `${prompt}${canonical_solution}${check}\ncheck(${entry_point})`,
    `${prompt}    return None\n${check}\ncheck(${entry_point})`,
    'from js import fetch',
    'import pyodide.http',
    'import urllib.request\nurllib.request.urlopen("http://127.0.0.1/")',
    'x = "ab" * 10**9',
  ];
  const limits = { timeMs: 60_000, memoryBytes: 96 << 20, outputBytes: 1000 };
  const found = await page.evaluate(
    async ({ url, start, texts }) => {
      const worker = new Worker(url, { type: 'module' });
      const next = () =>
        new Promise<FromPython>((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data as FromPython);
          worker.onerror = ({ message }) => reject(new Error(message));
        });
      const answers: FromPython[] = [];
      worker.postMessage(start);
      answers.push(await next());
      for (const [id, program] of texts.entries()) {
        worker.postMessage({ type: 'run', id, program });
        answers.push(await next());
      }
      worker.terminate();
      return answers;
    },
    { url: `/assets/${script}`, start: { type: 'start', guard, limits }, texts: programs },
  );
  expect(found[0]).toMatchObject({ type: 'ready', version: expect.stringContaining('Pyodide') });
  const kinds = found
    .slice(1)
    .map((answer) => answer.type === 'result' && (answer.failure?.kind ?? 'passed'));
  expect(kinds).toEqual(['passed', 'error', 'error', 'error', 'error', 'memory']);
  // The interpreter's files are this host's own.
  const origin = new URL(page.url()).origin;
  expect(asked.filter((url) => url.includes('pyodide')).length).toBeGreaterThan(2);
  expect(asked.filter((url) => new URL(url).origin !== origin)).toEqual([]);
});
