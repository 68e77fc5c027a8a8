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

/** Three ways to the network. They import modules, and so take their interpreter with them: one program tries all. */
const NETWORK = `
import http.client, socket, urllib.request
refused = 0
for attack in [
    lambda: socket.create_connection(("127.0.0.1", 80)),
    lambda: urllib.request.urlopen("http://127.0.0.1/"),
    lambda: http.client.HTTPConnection("127.0.0.1").request("GET", "/"),
]:
    try:
        attack()
    except PermissionError:
        refused += 1
assert refused < 3
`;

/** Takes from the audit hook the names that it uses, by the frame in a traceback. */
const HOOK = `
try:
    open("x", "w")
except PermissionError as error:
    frame = error.__traceback__.tb_next.tb_frame
frame.f_globals.update(dict.fromkeys(frame.f_code.co_names))
frame.f_locals.update(dict.fromkeys(frame.f_locals, ()))
open("x", "w")
`;

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
  'import sys\nassert any(f.__module__.startswith("_pyodide") for f in sys.meta_path)',
  // Pyodide's classes can be found, and the names of their modules by their methods.
  `from importlib.abc import MetaPathFinder as F
[finder] = [c for c in F.__subclasses__() if c.__name__ == "JsFinder"]
finder.find_spec.__globals__["jsfinder"]`,
  'import ctypes',
  // Import compares names as they are, whatever their class says.
  'class S(str):\n  split = lambda *_: ["x"]\n  __eq__ = lambda *_: False\n  __hash__ = str.__hash__\n__import__(S("_ctypes"))',
  'import gc\ngc.get_objects()',
  'import subprocess\nsubprocess.run(["ls"])',
  'import os\nassert os.system("ls") == 0',
  'open("/etc/passwd")',
  `open(${JSON.stringify(process.cwd())} + "/package.json")`,
  'open("x", "w")',
  'import os\nos.mkdir("y")',
  'import os\nos.open("z", os.O_CREAT | os.O_WRONLY)',
  // A pipe's contents lie outside the limited memory.
  'import os\nos.pipe()',
  `import os\nassert os.environ["HOME"] == ${JSON.stringify(process.env.HOME)}`,
  'import threading\nthreading.Thread(target=print).start()',
  HOOK,
  NETWORK,
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
    // It is deleted after the program.
    'class D:\n  def __init__(self): self.own = self\n  def __del__(self): open("left", "w")\nD()',
    'import collections\ncollections.Counter.most_common = None',
    'import builtins, sys\nbuiltins.len = lambda x: 3\nsys.modules["math"] = None\nsys.path.append("x")',
  ];
  const check = [
    'import os, sys, math, random',
    'from collections import Counter',
    'assert len([1]) == 1 and "x" not in sys.path and "x" not in globals()',
    'assert not os.path.exists("left")',
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
  test('Stop', async () => {
    const controller = new AbortController();
    expect(await limited.run('assert sum([1, 2]) == 3')).toEqual({});
    const runs = ['while True: pass', 'x = 2'].map((program) => limited.run(program, controller.signal));
    // The first one is with the worker by then.
    await new Promise(setImmediate);
    controller.abort();
    for (const run of runs) await expect(run).rejects.toBeInstanceOf(Cancelled);
    expect(await limited.run('x = 3')).toEqual({});
  });

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
});
