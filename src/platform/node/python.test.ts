import { afterAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Cancelled } from '../../base/errors';
import type { PythonLimits } from '../../python/messages';
import type { PythonSandbox } from '../../python/sandbox';
import { nodePython } from './python';

const sandboxes: PythonSandbox[] = [];
const open = (limits?: Partial<PythonLimits>) => {
  const sandbox = nodePython(limits);
  sandboxes.push(sandbox);
  return sandbox;
};
afterAll(() => sandboxes.forEach((sandbox) => sandbox.dispose()));
const shared = open({ timeMs: 60_000 });

interface Problem {
  task_id: string;
  prompt: string;
  canonical_solution: string;
  test: string;
  entry_point: string;
}
const problems = gunzipSync(readFileSync('public/data/humaneval/HumanEval.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Problem);
const programOf = ({ prompt, test, entry_point }: Problem, body: string) =>
  `${prompt}${body}\n${test}\ncheck(${entry_point})\n`;

describe('the sandbox for Python', () => {
  test('runs the canonical solutions of HumanEval, 164 of 164', async () => {
    const failed: unknown[] = [];
    for (const problem of problems) {
      const { failure } = await shared.run(programOf(problem, problem.canonical_solution));
      if (failure) failed.push([problem.task_id, failure]);
    }
    expect(failed).toEqual([]);
    expect(problems).toHaveLength(164);
  });

  test('fails every solution that returns nothing, by one of its assertions', async () => {
    const passed: string[] = [];
    for (const problem of problems) {
      const { failure } = await shared.run(programOf(problem, '    return None\n'));
      if (!failure) passed.push(problem.task_id);
    }
    expect(passed).toEqual([]);
  });

  test('fails a solution with one changed operator', async () => {
    const [first] = problems;
    const changed = first.canonical_solution.replace('distance < threshold', 'distance > threshold');
    expect(changed).not.toBe(first.canonical_solution);
    expect(await shared.run(programOf(first, changed))).toMatchObject({
      failure: { kind: 'error', reason: /^AssertionError in line \d+$/ },
    });
  });

  test.each([
    ['import sys\nsys.exit(0)', 'exit', /SystemExit\(0\)/],
    ['raise BaseException("odd")', 'error', /BaseException in line 1: odd/],
    ['def f(:', 'error', /SyntaxError in line 1/],
    ['def f(): return f()\nf()', 'error', /RecursionError/],
    ['input()', 'error', /EOFError/],
    ['import numpy', 'error', /ModuleNotFoundError/],
    ['class E(Exception):\n  def __str__(self): raise ValueError\nraise E', 'error', /^E in line 3$/],
  ])('says why %j failed', async (program, kind, reason) => {
    const { failure } = await shared.run(program);
    expect(failure?.kind).toBe(kind);
    expect(failure?.reason).toMatch(reason);
  });
});

/** Programs that try to reach what the sandbox withholds. They succeed, without a failure, if they reach it. */
const ESCAPES = [
  'from js import fetch',
  'from js import XMLHttpRequest',
  'import js\njs.process.exit()',
  'import pyodide.http',
  'from pyodide.code import run_js\nrun_js("1")',
  'import pyodide_js\npyodide_js.FS',
  'import _pyodide_core',
  'import importlib\nimportlib.import_module("js")',
  'import sys\nsys.modules["js"].fetch',
  'import sys\n[m for m in sys.modules if m.startswith(("js.", "pyodide"))][0]',
  'import sys\nassert any(type(f).__name__ == "JsFinder" for f in sys.meta_path)',
  'import ctypes',
  'import gc\nassert any(type(o).__name__ == "JsProxy" for o in gc.get_objects())',
  'import socket\nsocket.create_connection(("127.0.0.1", 80))',
  'import urllib.request\nurllib.request.urlopen("http://127.0.0.1/")',
  'import http.client\nc = http.client.HTTPConnection("127.0.0.1")\nc.request("GET", "/")',
  'import subprocess\nsubprocess.run(["ls"])',
  'import os\nassert os.system("ls") == 0',
  'open("/etc/passwd")',
  `open(${JSON.stringify(process.cwd())} + "/package.json")`,
  'open("/tmp/x", "w")',
  'import os\nos.mkdir("/tmp/y")',
  'import os\nos.open("/tmp/z", os.O_CREAT | os.O_WRONLY)',
  `import os\nassert os.environ["HOME"] == ${JSON.stringify(process.env.HOME)}`,
  'import threading\nthreading.Thread(target=print).start()',
];

describe('a program in the sandbox reaches neither network, files nor JavaScript', () => {
  test.each(ESCAPES)('%j', async (program) => {
    const { failure } = await shared.run(program);
    expect(failure?.kind).toBe('error');
  });
});

test('a program leaves nothing to the next one', async () => {
  const spoil = [
    'x = 5\nimport random\nrandom.seed(7)',
    'import collections\ncollections.Counter.most_common = None',
    'import builtins, sys\nbuiltins.len = lambda x: 3\nsys.modules["math"] = None\nsys.path.append("x")',
  ];
  const check = [
    'import sys, math, random',
    'from collections import Counter',
    'assert len([1]) == 1 and "x" not in sys.path and "x" not in globals()',
    'assert Counter("aab").most_common(1) == [("a", 2)] and math.floor(2.5) == 2',
    // The first number of random.seed(0) in CPython.
    'assert random.random() == 0.8444218515250481',
  ].join('\n');
  for (const program of spoil) {
    expect(await shared.run(program)).toEqual({});
    expect([program, await shared.run(check)]).toEqual([program, {}]);
  }
});

describe('what ends a program ends its worker, and the next program runs', () => {
  const limited = open({ timeMs: 3000, memoryBytes: 96 << 20, outputBytes: 100_000 });
  test.each([
    ['while True:\n  try:\n    while True: pass\n  except BaseException: pass', /^time$/],
    ['x = []\nwhile True: x.append(bytearray(10**6))', /^memory$/],
    ['import os\nwhile True: os.write(1, b"flood" * 100)', /^output$/],
    ['import os\nos._exit(0)', /^exit$/],
    ['import sys\nsys.setrecursionlimit(10**9)\ndef f(n): return f(n + 1) + 1\nf(0)', /./],
  ])('%j', async (program, kind) => {
    const { failure } = await limited.run(program);
    expect(failure?.kind).toMatch(kind);
    expect(failure?.reason).toMatch(/\w+ \w+/);
  });

  test('Stop', async () => {
    const controller = new AbortController();
    expect(await limited.run('assert sum([1, 2]) == 3')).toEqual({});
    const runs = ['while True: pass', 'x = 2'].map((program) => limited.run(program, controller.signal));
    controller.abort();
    for (const run of runs) await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(await limited.run('x = 3')).toEqual({});
  });
});
