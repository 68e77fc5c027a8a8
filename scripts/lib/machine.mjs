import { existsSync, readFileSync } from 'node:fs';
import { execute } from './process.mjs';
import { Failure } from './terminal.mjs';

/** Returns `ID` and `VERSION_CODENAME` of the Linux distribution; they are empty on other systems. */
export function distribution() {
  const path = '/etc/os-release';
  if (!existsSync(path)) return { id: '', codename: '' };
  const text = readFileSync(path, 'utf8');
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
  return { id: field('ID'), codename: field('VERSION_CODENAME') };
}

/** Whether this user may install Debian packages. */
export function canInstallPackages() {
  return process.getuid?.() === 0 && ['debian', 'ubuntu'].includes(distribution().id);
}

const APT = { DEBIAN_FRONTEND: 'noninteractive' };
const APT_OPTIONS = [
  '-y',
  '--no-install-recommends',
  '-o',
  'Acquire::Retries=3',
  '-o',
  'DPkg::Lock::Timeout=120',
];
let updated = false;

/**
 * Installs Debian packages after updating the package lists once.
 * @param {string[]} packages
 * @param {string} [release] e.g. bookworm-backports
 * @throws Failure with the last lines of apt's output
 */
export async function aptInstall(packages, release) {
  process.stderr.write(`Installing ${packages.join(', ')} with apt-get…\n`);
  if (!updated) await apt(['update', '-o', 'Acquire::Retries=3']);
  updated = true;
  await apt(['install', ...APT_OPTIONS, ...(release ? ['-t', release] : []), ...packages]);
}

/** Makes the next installation update the package lists, after a package source was added. */
export function packageSourcesChanged() {
  updated = false;
}

async function apt(args) {
  let last = '';
  for (let attempt = 0; attempt < 2; attempt++) {
    const { code, output } = await execute('apt-get', args, { env: APT });
    if (code === 0) return;
    last = output.trim().split('\n').slice(-5).join('\n');
  }
  throw new Failure(
    `apt-get ${args[0]} failed:\n${last}`,
    'Check the network and the package sources, then run it again.',
  );
}
