import type { FromPython, ToPython } from './messages';

/** How the worker talks to its host. */
export interface PythonPort {
  post(message: FromPython): void;
  listen(handler: (message: ToPython) => void): void;
}

/** Answers the host's messages. @param load starts Pyodide */
export function serveInterpreter(port: PythonPort, load: () => Promise<unknown>): void;
