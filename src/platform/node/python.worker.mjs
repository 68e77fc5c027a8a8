import { parentPort } from 'node:worker_threads';
import { loadPyodide } from 'pyodide';
import { serveInterpreter } from '../../python/interpreter.mjs';

// What the port needs of its prototypes is taken before the global scope is locked.
const post = parentPort.postMessage.bind(parentPort);

serveInterpreter({ post, listen: (handler) => parentPort.on('message', handler) }, () =>
  loadPyodide({ jsglobals: {}, enableRunUntilComplete: false }),
);
