import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

/**
 * Runs a program to its end.
 * @param stream true: its output goes straight to the terminal; false: it is collected
 * @returns {Promise<{code: number, output: string}>} code 127 when the program cannot be started
 */
export function execute(program, args, { stream = false, env = {}, timeoutMs = 0 } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', stream ? 'inherit' : 'pipe', stream ? 'inherit' : 'pipe'],
      timeout: timeoutMs,
    });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString('utf8');
    child.on('error', (error) => resolve({ code: 127, output: `${output()}${error.message}\n` }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 130 : 1), output: output() }));
  });
}

/** Runs one of the project's own tools with this Node. */
export function executeNode(script, args, options) {
  return execute(process.execPath, [script, ...args], options);
}
