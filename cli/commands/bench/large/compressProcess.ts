import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cancelled, LabError } from '../../../../src/base/errors';
import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import { projectFolder } from '../../../../src/platform/node/paths';
import { parsePeakMemory } from '../../../../src/platform/node/peakMemory';

/** The result of one `compress` process and its cost. */
export interface LargeRun {
  artefactBytes: number;
  /** Wall-clock time of the process. */
  seconds: number;
  /** Peak resident memory of the process. */
  peakBytes: number;
}

export interface CompressCall {
  model: string;
  spec: CodecSpec;
  out: string;
  adapter?: string;
}

/** Ends with process.exit, as scripts/cli.mjs does, since Dawn keeps handles open. */
const SCRIPT = `const { main } = await import(process.argv[1]); process.exit(await main(process.argv.slice(2)));`;

/**
 * Compresses a model with the built command line in a process of its own.
 * @throws LabError internal with the output of the process if it fails; Cancelled
 */
export async function runCompress(call: CompressCall, signal: AbortSignal): Promise<LargeRun> {
  const started = performance.now();
  const { code, stdout, stderr } = await execute(argumentsOf(call), signal);
  const seconds = (performance.now() - started) / 1000;
  if (signal.aborted) throw new Cancelled();
  const peakBytes = parsePeakMemory(stdout);
  if (code !== 0 || peakBytes === undefined)
    throw new LabError(
      'internal',
      `compress ended with ${code === null ? 'a signal' : `exit code ${code}`}: ${stderr.trim().slice(-500) || 'it printed nothing'}`,
      'Free memory and disk space, then run it again.',
    );
  return { artefactBytes: (await stat(call.out)).size, seconds, peakBytes };
}

function argumentsOf({ model, spec, out, adapter }: CompressCall): string[] {
  const url = pathToFileURL(join(projectFolder(), 'dist/cli/compress.js')).href;
  const command = ['--model', model, '--codec', formatCodec(spec), '--out', out];
  const chosen = adapter === undefined ? [] : ['--adapter', adapter];
  return ['--input-type=module', '--eval', SCRIPT, '--', url, ...command, ...chosen];
}

function execute(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    // The child removes its partial files before this process removes the folder around them.
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve({ code, ...output });
    });
  });
}
