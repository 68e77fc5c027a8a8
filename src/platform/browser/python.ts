import type { FromPython } from '../../python/messages';
import { PythonSandbox, type PythonWorker, type PythonWorkerEvents } from '../../python/sandbox';

/** Creates the sandbox for Python in a browser. The worker starts, and fetches its 13 MB, with the first program. */
export function browserPython(): PythonSandbox {
  return new PythonSandbox(startWorker);
}

function startWorker({ onMessage, onEnd }: PythonWorkerEvents): PythonWorker {
  const worker = new Worker(new URL('../../../workers/python.worker.ts', import.meta.url), {
    type: 'module',
    name: 'python',
  });
  worker.addEventListener('message', ({ data }) => onMessage(data as FromPython));
  worker.addEventListener('error', ({ message }) => onEnd(message || 'its files could not be loaded'));
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
}
