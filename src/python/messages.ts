/** What the host asks of the worker that runs Python. */
export type ToPython =
  { type: 'start'; guard: string; limits: PythonLimits } | { type: 'run'; id: number; program: string };

/** What the worker answers. */
export type FromPython =
  | { type: 'ready'; version: string }
  /** Python could not be loaded. */
  | { type: 'failed'; message: string }
  /** The output of the running program exceeds its limit. */
  | { type: 'flood'; id: number }
  | {
      type: 'result';
      id: number;
      failure?: PythonFailure;
      /** Whether the interpreter is as it was before the program, so that it can run another one. */
      reusable: boolean;
    };

/** Why a program did not run to its end: an exception, its own exit, a limit, or a fault that ended the interpreter. */
export interface PythonFailure {
  kind: 'error' | 'exit' | 'time' | 'memory' | 'output' | 'crash';
  /** As people read it: "AssertionError in line 12: …". */
  reason: string;
}

/** What one program may take. */
export interface PythonLimits {
  timeMs: number;
  /** Bytes of the interpreter's WebAssembly memory; it takes about 30 MiB itself. */
  memoryBytes: number;
  /** Bytes that a program may print. */
  outputBytes: number;
}
