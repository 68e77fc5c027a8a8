/**
 * The worker's side of the sandbox, for the page and for Node, which runs it without a build step. After Python has started, the
 * worker's global scope keeps what the language defines and little more, and code from strings is refused. So nothing that a program
 * might find a way to leads to the network, to files or to processes.
 */

/** What the global scope keeps besides the language: the interpreter's clock, random numbers, text, and WebAssembly. */
const KEPT = new Set([
  ...[
    'globalThis',
    'Object',
    'Function',
    'Array',
    'Number',
    'Boolean',
    'String',
    'Symbol',
    'Date',
    'Math',
    'JSON',
  ],
  ...[
    'Promise',
    'RegExp',
    'Error',
    'AggregateError',
    'EvalError',
    'RangeError',
    'ReferenceError',
    'SyntaxError',
  ],
  ...[
    'TypeError',
    'URIError',
    'SuppressedError',
    'ArrayBuffer',
    'SharedArrayBuffer',
    'Atomics',
    'DataView',
    'Map',
    'Set',
  ],
  ...[
    'WeakMap',
    'WeakSet',
    'WeakRef',
    'FinalizationRegistry',
    'Proxy',
    'Reflect',
    'BigInt',
    'Iterator',
    'Intl',
  ],
  ...[
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ],
  ...['Float16Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
  ...[
    'NaN',
    'Infinity',
    'undefined',
    'isNaN',
    'isFinite',
    'parseInt',
    'parseFloat',
    'decodeURI',
    'encodeURI',
  ],
  ...[
    'decodeURIComponent',
    'encodeURIComponent',
    'WebAssembly',
    'TextDecoder',
    'TextEncoder',
    'performance',
    'crypto',
  ],
  ...['setTimeout', 'clearTimeout', 'queueMicrotask', 'DOMException'],
]);
const PAGE_BYTES = 65_536;

/**
 * Answers the host's messages.
 * @param {{ post(message: object): void, listen(handler: (message: any) => void): void }} port
 * @param {() => Promise<any>} load starts Pyodide
 */
export function serveInterpreter(port, load) {
  let interpreter;
  port.listen((message) => {
    if (message.type === 'start')
      Interpreter.start(port, load, message).then(
        (started) => {
          interpreter = started;
          port.post({ type: 'ready', version: started.version });
        },
        (error) => port.post({ type: 'failed', message: String(error) }),
      );
    else interpreter.run(message);
  });
}

class Interpreter {
  constructor(port, pyodide, runProgram, memory) {
    this.port = port;
    this.runProgram = runProgram;
    this.memory = memory;
    this.version = `Pyodide ${pyodide.version}`;
  }

  static async start(port, load, { guard, limits }) {
    const memory = limitMemory(limits.memoryBytes);
    const pyodide = await load();
    const globals = pyodide.toPy({ __name__: 'guard' });
    pyodide.runPython(guard, { globals, filename: 'guard.py' });
    const interpreter = new Interpreter(port, pyodide, globals.get('run_program'), memory);
    interpreter.limitOutput(pyodide, limits.outputBytes);
    lockGlobals();
    return interpreter;
  }

  /** Runs a program and posts its result. */
  run({ id, program }) {
    this.id = id;
    this.printed = 0;
    this.memory.wasRefused = false;
    const { failure, unchanged } = this.outcome(program);
    this.port.post({ type: 'result', id, failure, reusable: unchanged && !this.memory.wasRefused });
  }

  outcome(program) {
    try {
      const { kind, reason, unchanged } = JSON.parse(this.runProgram(program));
      return { unchanged, ...(kind && { failure: { kind, reason } }) };
    } catch (error) {
      return { unchanged: false, failure: fatal(error, this.memory.wasRefused) };
    }
  }

  /** Counts what is printed, and reports the first time that it is too much. The host then ends the worker. */
  limitOutput(pyodide, outputBytes) {
    const write = (bytes) => {
      const before = this.printed;
      this.printed += bytes.length;
      if (before <= outputBytes && this.printed > outputBytes) this.port.post({ type: 'flood', id: this.id });
      return bytes.length;
    };
    pyodide.setStdout({ write });
    pyodide.setStderr({ write });
    pyodide.setStdin({ stdin: () => null });
  }
}

/** Describes what ended the interpreter itself. */
function fatal(error, memoryRefused) {
  const { name, message } = Object(error);
  if (memoryRefused) return { kind: 'memory', reason: 'The program asked for more memory than it may have.' };
  if (name === 'ExitStatus' || name === 'Exit')
    return { kind: 'exit', reason: 'The program ended the interpreter by os._exit.' };
  return { kind: 'crash', reason: `The interpreter failed: ${name}: ${String(message).slice(0, 200)}` };
}

/** Refuses growth of WebAssembly memory beyond a size. Python then raises MemoryError. */
function limitMemory(memoryBytes) {
  const state = { wasRefused: false };
  const { prototype } = WebAssembly.Memory;
  const { grow } = prototype;
  prototype.grow = function (pages) {
    state.wasRefused = this.buffer.byteLength + pages * PAGE_BYTES > memoryBytes;
    if (state.wasRefused) throw new RangeError('the memory limit of the program is reached');
    return grow.call(this, pages);
  };
  return state;
}

/** Removes from the global scope all that is not kept, and the ways to make code from strings. */
function lockGlobals() {
  for (let scope = globalThis; scope && scope !== Object.prototype; scope = Object.getPrototypeOf(scope))
    for (const name of Reflect.ownKeys(scope))
      if (name !== 'constructor' && !KEPT.has(name)) Reflect.deleteProperty(scope, name);
  for (const name of Reflect.ownKeys(globalThis))
    if (!KEPT.has(name)) Object.defineProperty(globalThis, name, { value: undefined, writable: true });
  // Emscripten reports how a program ended to one of them, and failures to the other.
  globalThis.process = { exitCode: 0 };
  globalThis.console = { log() {}, warn() {}, error() {} };
  const refuse = function () {
    throw new TypeError('code from strings is refused');
  };
  const kinds = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const prototype of kinds.map(Object.getPrototypeOf))
    Object.defineProperty(prototype, 'constructor', { value: refuse });
  refuse.prototype = Function.prototype;
  globalThis.Function = refuse;
}
