import { existsSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { execute } from './process.mjs';
import { Failure, seconds } from './terminal.mjs';

/** Vite 8 needs these; both are what `engines` in package.json says. */
const MINIMUM = [20, 19];

/** @throws Failure when this Node is too old to run the project */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])) return;
  throw new Failure(
    `Bitcurve needs Node ${MINIMUM.join('.')} or newer; this is Node ${version}.`,
    'Install a current Node from https://nodejs.org and run the command again.',
  );
}

/**
 * True when every package of the lock file is installed in the version it names. npm keeps what it installed in
 * node_modules/.package-lock.json; comparing contents (not dates) survives a checkout that touches the lock file.
 */
export function dependenciesMatch(lock, installed) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.peer)
    .every(([path, entry]) => installed.packages?.[path]?.version === entry.version);
}

/** Installs what the lock file names, if it is not there yet. @throws Failure with npm's reason */
export async function ensureDependencies() {
  requireNode();
  if (installedAlready()) return;
  process.stderr.write('Installing the dependencies (npm ci)…\n');
  const started = Date.now();
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (code !== 0) throw installFailure(output);
  process.stderr.write(`Dependencies installed in ${seconds(Date.now() - started)}.\n`);
}

function installedAlready() {
  const record = inRoot('node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  try {
    const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
    return dependenciesMatch(read(inRoot('package-lock.json')), read(record));
  } catch {
    return false;
  }
}

/** Inside an npm script npm names its own program; otherwise it is found on the path. */
function npm(args) {
  const script = process.env.npm_execpath;
  if (script && /\.c?js$/.test(script)) return execute(process.execPath, [script, ...args]);
  return execute(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}

/** npm's failure in a sentence; offline is by far the most common reason on a new machine. */
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
    'Fix what npm names and run the command again.',
  );
}
