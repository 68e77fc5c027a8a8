import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cancelled } from '../../../src/base/errors';
import { curveSvg } from '../../../src/lab/results/curveSvg';
import { recordsToMarkdown } from '../../../src/lab/results/export';
import { parseRecord, type LabRecord } from '../../../src/lab/results/record';
import { projectFolder } from '../../../src/platform/node/paths';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { compareTables } from './compare';
import type { TargetOutcome } from './report';
import type { Target } from './targets';

const FIXTURES = 'BITCURVE_FIXTURES';
/** Names the finished command, so that a run that is repeated does not run it again. */
const MARKER = 'finished.txt';

/** Runs a command of the command line. @returns its exit code */
export type RunCommandLine = (command: readonly string[], signal: AbortSignal) => Promise<number>;

/**
 * Runs a target in its folder below `out`, compares its result with the committed one, and draws its curves. A finished target is only
 * compared again.
 * @throws Cancelled
 */
export async function runTarget(
  target: Target,
  out: string,
  run: RunCommandLine,
  signal: AbortSignal,
): Promise<TargetOutcome> {
  const folder = join(out, target.name);
  const missing = missingFile(target);
  if (missing !== undefined) return { target, fields: [], problem: missing, failed: false };
  const placed = (command: readonly string[]) => command.map((argument) => inFolders(argument, folder));
  const command = [...placed(target.command), '--out', folder];
  const marker = join(folder, MARKER);
  const isEarlier = existsSync(marker) && (await readFile(marker, 'utf8')) === command.join('\n');
  if (!isEarlier) {
    for (const each of [...(target.before ?? []).map(placed), command]) {
      const code = await run(each, signal);
      if (signal.aborted || code === 130) throw new Cancelled();
      if (code !== 0)
        return { target, fields: [], problem: `the command failed with exit code ${code}.`, failed: true };
    }
    await writeWhole(marker, command.join('\n'));
  }
  await drawCurves(folder, target.name);
  const [file, part] = target.committed.split('#');
  const committed = await tablesOf(join(projectFolder(), file), part);
  const fields = compareTables(committed, await tablesOf(join(folder, target.result)));
  if (fields.length === 0)
    return { target, fields, problem: `${target.committed} has no table to compare with.`, failed: true };
  const failed = fields.some(({ agrees }) => !agrees);
  return { target, fields, failed, ...(isEarlier && { earlier: folder }) };
}

/** Returns a sentence about the files a target needs if they are not here. */
function missingFile({ needs }: Target): string | undefined {
  if (needs === undefined) return undefined;
  const fixtures = process.env[FIXTURES];
  if (fixtures !== undefined && existsSync(join(fixtures, needs))) return undefined;
  return `not run: ${needs} is not in the repository. Set ${FIXTURES} to a folder that has it (fixtures/README.md).`;
}

/** Replaces the names of folders at the beginning of an argument by their paths. */
function inFolders(argument: string, folder: string): string {
  if (argument.startsWith('FIXTURES/')) return join(process.env[FIXTURES]!, argument.slice(9));
  return argument.startsWith('FOLDER/') ? join(folder, argument.slice(7)) : argument;
}

/** Returns a document's tables, or those that records make. @param part keeps tables whose heading begins with it */
async function tablesOf(path: string, part?: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  if (path.endsWith('.json')) return recordsToMarkdown(recordsIn(text));
  if (part === undefined) return text;
  return text
    .split(/^(?=### )/m)
    .filter((section) => section.startsWith(`### ${part}`))
    .join('');
}

function recordsIn(text: string): LabRecord[] {
  return (JSON.parse(text) as unknown[]).map(parseRecord);
}

/** Draws a picture for each model of a folder's records. */
async function drawCurves(folder: string, name: string): Promise<void> {
  const file = join(folder, 'records.json');
  if (!existsSync(file)) return;
  const records = recordsIn(await readFile(file, 'utf8'));
  for (const model of new Set(records.map((record) => record.model.id))) {
    const own = records.filter((record) => record.model.id === model);
    await writeWhole(
      join(folder, `curve-${model.replace(/[^\w.-]/g, '-')}.svg`),
      curveSvg(`${name}: ${model}`, own),
    );
  }
}

/**
 * Runs a command in a process of its own; only its errors and progress are shown. Ctrl-C in the terminal does not reach the process, which
 * is asked to stop here, once: a second signal would end it before it has written what it keeps.
 */
export const runInProcess: RunCommandLine = (command, signal) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectFolder(), 'scripts/cli.mjs'), ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
      windowsHide: true,
    });
    const stop = () => child.kill('SIGINT');
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 130);
    });
  });
