import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inRoot } from './lib/paths.mjs';

const SCRIPT = inRoot('scripts/image.sh');
const root = mkdtempSync(join(tmpdir(), 'image-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Runs a command to its end. */
const run = (command, args, env = {}) =>
  spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });

/** Makes a folder of programs that only print what they are called with; those named fail. */
function standIns(names, failing = []) {
  const folder = mkdtempSync(join(root, 'bin-'));
  for (const name of names) {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\necho "${name} $*"\nexit ${failing.includes(name) ? 1 : 0}\n`);
    chmodSync(file, 0o755);
  }
  return { PATH: [folder, process.env.PATH].join(delimiter) };
}

test('the Dockerfile runs the two steps, the packages before the files of the project', () => {
  const lines = readFileSync(inRoot('Dockerfile'), 'utf8').split('\n');
  const steps = ['RUN image.sh packages', 'COPY . .', 'RUN image.sh project /app'];
  const places = steps.map((step) => lines.indexOf(step));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
});

test('the step of the project installs the locked packages, builds page and command line, and ends with the first failure', () => {
  const { stdout, status } = run(SCRIPT, ['project', root], standIns(['npm', 'node']));
  expect(status).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    'npm ci',
    'npm cache',
    'node -e',
    'node scripts/cli.mjs',
    '',
  ]);
  const failed = run(SCRIPT, ['project', root], standIns(['npm', 'node'], ['npm']));
  expect([failed.status, failed.stdout.startsWith('npm ci'), failed.stdout.includes('node')]).toEqual([
    1,
    true,
    false,
  ]);
});

test('other arguments are refused', () => {
  expect(run(SCRIPT, []).status).toBe(2);
  expect(run(SCRIPT, ['install']).stderr).toContain('Usage: image.sh packages');
  expect(run(SCRIPT, ['project']).stderr).toContain('the folder of the project is missing');
});

/** An empty folder in which to make a root. */
const TARGET = process.env.BITCURVE_IMAGE_ROOT;

// Where a root is asked for, a machine that cannot make one fails.
const title = 'in a root made by debootstrap';
const why = 'needs root, debootstrap and ten minutes; BITCURVE_IMAGE_ROOT names an empty folder for it';
describe.skipIf(!TARGET)(TARGET ? title : `${title} (${why})`, () => {
  test('both steps succeed, and the lab measures there without a network', () => {
    const made = run(SCRIPT, ['root', TARGET]);
    expect(made.status, made.stderr + made.stdout).toBe(0);
    expect(existsSync(join(TARGET, 'app/dist/page/index.html'))).toBe(true);
    const sweep =
      'node scripts/cli.mjs sweep --model stories260K --codec "rtn(bits=4)" --windows 2 --adapter software';
    const inside = ['--net', 'chroot', TARGET, 'sh', '-c', `cd /app && ${sweep}`];
    const icd = '/usr/share/vulkan/icd.d/lvp_icd.json';
    const measured = run('unshare', inside, { VK_ICD_FILENAMES: icd });
    // The size of this file does not depend on the adapter (docs/claims.md).
    expect(measured.stdout, measured.stderr).toContain('`rtn(bits=4,group=32)` | 204,936 |');
  }, 1_800_000);
});
