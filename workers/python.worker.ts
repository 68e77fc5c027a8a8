import { loadPyodide } from 'pyodide';
import script from 'pyodide/pyodide.asm.mjs?url';
import wasm from 'pyodide/pyodide.asm.wasm?url';
import stdLibURL from 'pyodide/python_stdlib.zip?url';
import { serveInterpreter } from '../src/python/interpreter.mjs';

/** What Pyodide asks of a list of packages, of which there are none. */
const LOCK = {
  arch: 'wasm32',
  platform: 'emscripten_5_0_3',
  abi_version: '2026_0',
  python: '3.14.2',
  version: '314.0.7',
} as const;

/** The worker that runs Python programs. Its files are this host's own, and no package can be added. */

const post = self.postMessage.bind(self);
serveInterpreter(
  { post, listen: (handler) => self.addEventListener('message', ({ data }) => handler(data as never)) },
  async () => {
    // Pyodide looks for both by their names in one folder (vite.config.ts).
    const indexURL = new URL('.', new URL(wasm, self.location.href)).href;
    if (new URL('.', new URL(script, self.location.href)).href !== indexURL)
      throw new Error('the files of Pyodide lie in two folders');
    return loadPyodide({
      indexURL,
      stdLibURL,
      lockFileContents: { info: LOCK, packages: {} },
      jsglobals: {},
      enableRunUntilComplete: false,
    });
  },
);
