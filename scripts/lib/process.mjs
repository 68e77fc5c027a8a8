import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ROOT } from './paths.mjs';

/**
 * Runs a program to its end.
 * @param stream whether output goes to the terminal instead of being collected
 * @param label prints each line of the output after this name while it is collected
 * @returns {Promise<{code: number, output: string}>} code 127 if the program cannot be started
 */
export function execute(program, args, { stream = false, label, env = {}, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', stream ? 'inherit' : 'pipe', stream ? 'inherit' : 'pipe'],
      timeout: timeoutMs,
    });
    const chunks = [];
    for (const pipe of [child.stdout, child.stderr]) {
      pipe?.on('data', (chunk) => chunks.push(chunk));
      if (pipe && label)
        createInterface({ input: pipe }).on('line', (line) => console.log(`${label} │ ${line}`));
    }
    const output = () => Buffer.concat(chunks).toString('utf8');
    child.on('error', (error) => resolve({ code: 127, output: `${output()}${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 130 : 1), output: output() }));
  });
}

/** Runs one of the project's own tools with this Node. */
export function executeNode(script, args, options) {
  return execute(process.execPath, [script, ...args], options);
}
