import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cancelled, LabError } from '../../src/base/errors';
import { projectFolder } from '../../src/platform/node/paths';
import { parsePeakMemory } from '../../src/platform/node/peakMemory';

/** The cost of one command in a process of its own. */
export interface ProcessCost {
  /** Wall-clock time of the process. */
  seconds: number;
  /** Processor time of all its threads, which depends less on what else runs on the machine. */
  processorSeconds: number;
  /** Peak resident memory of the process. */
  peakBytes: number;
}

/** Ends with process.exit, as scripts/cli.mjs does, since Dawn keeps handles open. */
const SCRIPT = `const { main } = await import(process.argv[1]);
const code = await main(process.argv.slice(2));
const { user, system } = process.cpuUsage();
console.error('processor time ' + (user + system) + ' µs');
process.exit(code);`;
const PROCESSOR_TIME = /^processor time (\d+) µs$/m;

/**
 * Runs a command of the built command line in a process of its own.
 * @throws LabError internal with the output of the process if it fails; Cancelled
 */
export async function runProcess(
  command: 'compress' | 'sweep' | 'delta',
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProcessCost> {
  const url = pathToFileURL(join(projectFolder(), `dist/cli/${command}.js`)).href;
  const started = performance.now();
  const { code, output } = await execute(
    ['--input-type=module', '--eval', SCRIPT, '--', url, ...args],
    signal,
  );
  const seconds = (performance.now() - started) / 1000;
  if (signal.aborted) throw new Cancelled();
  const peakBytes = parsePeakMemory(output);
  const microseconds = Number(PROCESSOR_TIME.exec(output)?.[1]);
  if (code === 0 && peakBytes !== undefined)
    return { seconds, processorSeconds: microseconds / 1e6, peakBytes };
  throw new LabError(
    'internal',
    `${command} ended with ${code === null ? 'a signal' : `exit code ${code}`}: ${output.trim().slice(-500) || 'it printed nothing'}`,
    'Free memory and disk space, then run it again.',
  );
}

function execute(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    // The child removes its partial files before this process removes the folder around them.
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve({ code, output });
    });
  });
}
