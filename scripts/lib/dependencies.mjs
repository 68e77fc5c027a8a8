import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { execute } from './process.mjs';
import { Failure, seconds } from './terminal.mjs';

/** Minimum version of Node, which Vite 8 needs, as in `engines` of package.json. */
const MINIMUM = [20, 19];

/** Checks the version of Node. @throws Failure if it is too old to run the project */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  throw new Failure(
    `Bitcurve needs Node ${MINIMUM.join('.')} or newer; this is Node ${version}.`,
    'Install a current Node from https://nodejs.org and run the command again.',
  );
}

/**
 * Whether every package of the lock file is installed in its version. npm lists installed packages in
 * node_modules/.package-lock.json. Contents are compared instead of dates, since a checkout may touch the lock file.
 */
export function dependenciesMatch(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.peer)
    .every(([path, entry]) => installed.packages?.[path]?.version === entry.version);
}

/** Installs the packages of the lock file if they are missing. @throws Failure with the output of npm */
export async function ensureDependencies() {
  requireNode();
  if (isInstalled()) return;
  process.stderr.write('Installing the dependencies (npm ci)…\n');
  const started = Date.now();
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) throw installFailure(output);
  process.stderr.write(`Dependencies installed in ${seconds(Date.now() - started)}.\n`);
}

function isInstalled() {
  const record = inRoot('node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  try {
    const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
    return dependenciesMatch(read(inRoot('package-lock.json')), read(record));
  } catch {
    return false;
  }
}

/** Runs npm. Within an npm script, npm_execpath names its program; otherwise it is found on the path. */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script && /\.c?js$/.test(script)) return execute(process.execPath, [script, ...args]);
  return execute(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}

/** Returns the failure of npm. The most common reason on a new machine is a missing network. */
export function installFailure(output) {
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.exec(
    output,
  );
  if (offline)
    return new Failure(
      `The dependencies are not installed and npm cannot reach its registry (${offline[0]}).`,
      'Connect to the network (or set a reachable registry with `npm config set registry URL`) and run the command again.',
    );
  const lines = output.trim().split('\n').slice(-15).join('\n');
  return new Failure(
    `npm could not install the dependencies:\n${lines}`,
    'Fix the problem that npm reports and run the command again.',
  );
}
