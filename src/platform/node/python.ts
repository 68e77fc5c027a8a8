import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromPython, PythonLimits } from '../../python/messages';
import { PythonSandbox, type PythonWorker, type PythonWorkerEvents } from '../../python/sandbox';
import { projectFolder } from './paths';

/** Creates the sandbox for Python in Node. The worker starts with the first program. */
export function nodePython(limits?: Partial<PythonLimits>): PythonSandbox {
  return new PythonSandbox(startWorker, limits);
}

/** The worker runs the sources as they are, so that the built command line and the tests run the same file. */
function startWorker({ onMessage, onEnd }: PythonWorkerEvents): PythonWorker {
  const file = join(projectFolder(), 'src/platform/node/python.worker.mjs');
  const worker = new Worker(file, { env: {}, execArgv: [], stdin: true, stdout: true, stderr: true });
  // An idle worker does not keep the process alive.
  worker.unref();
  let wasTerminated = false;
  worker.on('message', (message: FromPython) => onMessage(message));
  worker.on('error', (error: unknown) => onEnd(String(error)));
  worker.on('exit', (code) => wasTerminated || onEnd(`its worker ended with code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => {
      wasTerminated = true;
      void worker.terminate();
    },
  };
}
