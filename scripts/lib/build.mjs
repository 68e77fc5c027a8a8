import { readHub } from './hub.mjs';
import { inRoot, TOOLS } from './paths.mjs';
import { execute, executeNode } from './process.mjs';
import { stampMatches, stampOf, writeStamp } from './stamp.mjs';
import { Failure, seconds } from './terminal.mjs';

const SHARED_INPUTS = [
  'src',
  'shaders',
  'workers',
  'package-lock.json',
  'vite.config.ts',
  'scripts/lib/hub.mjs',
];

/** What Vite builds, and the inputs of each target. */
const TARGETS = {
  page: {
    label: 'the page',
    inputs: [...SHARED_INPUTS, 'public', 'index.html', 'docs/measurements/train-gpt2-tinystories'],
    args: ['build', '--logLevel', 'warn'],
  },
  cli: {
    label: 'the command line',
    inputs: [...SHARED_INPUTS, 'cli', 'vite.cli.config.ts'],
    args: ['build', '--config', 'vite.cli.config.ts', '--logLevel', 'warn'],
  },
};

/**
 * Builds `page` or `cli` to dist/, unless nothing has changed since the last build.
 * @param {string[]} [hosts] the hub for which the page is built and the hosts to which it redirects; those of BITCURVE_HUB by default
 * @throws Failure with Vite's output, or for an invalid hub
 */
export async function build(name, hosts = readHub(process.env.BITCURVE_HUB).hosts) {
  const { label, inputs, args } = TARGETS[name];
  const env = name === 'page' ? { BITCURVE_HUB: hosts.join(',') } : {};
  // Records contain the commit with which they were measured, so a new commit needs a new build.
  const stamp = stampOf(inputs, (await commit()) + JSON.stringify(env));
  const stampFile = inRoot('dist', `${name}.stamp`);
  if (stampMatches(stampFile, stamp)) return;
  process.stderr.write(`Building ${label}…\n`);
  const started = Date.now();
  const { code, output } = await executeNode(TOOLS.vite, args, { env });
  if (code !== 0)
    throw new Failure(
      `Vite could not build ${label}:\n${output.trim()}`,
      'Fix the error above and run it again.',
    );
  writeStamp(stampFile, stamp);
  process.stderr.write(`Built ${label} in ${seconds(Date.now() - started)}.\n`);
}

async function commit() {
  const { code, output } = await execute('git', ['rev-parse', 'HEAD']);
  return code === 0 ? output : '';
}
