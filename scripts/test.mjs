import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { readArguments, usage } from './lib/arguments.mjs';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { inRoot } from './lib/paths.mjs';
import { executeNode } from './lib/process.mjs';
import { countReport, slowestTests } from './lib/reports.mjs';
import { STEPS } from './lib/steps.mjs';
import { Failure, runMain, seconds } from './lib/terminal.mjs';

/** Number of slowest tests that the summary lists. */
const SLOWEST_COUNT = 10;
const NAMES = STEPS.map((step) => step.name);
const HELP = `Usage: npm test [-- --only STEP[,STEP…]]

Installs missing programs and runs all checks, stopping after the first failure.
Steps: ${NAMES.join(', ')}. "large" uses fixtures that are not in the repository
and runs only if BITCURVE_FIXTURES names their folder (fixtures/README.md).
`;

/** Runs the chosen steps phase by phase. @returns the exit code */
async function main() {
  const { only } = readArguments({ only: { type: 'string' } }, HELP);
  const steps = chosen(only);
  await ensureDependencies();
  rmSync(inRoot('.cache/reports'), { recursive: true, force: true });
  mkdirSync(inRoot('.cache/reports'), { recursive: true });
  const results = [];
  for (const phase of new Set(steps.map((step) => step.phase))) {
    results.push(...(await runPhase(steps.filter((step) => step.phase === phase))));
    if (results.some((result) => !result.ok)) break;
  }
  summarise(steps, results);
  return results.every((result) => result.ok) ? 0 : 1;
}

function chosen(only) {
  if (only === undefined) return STEPS.filter(({ variable }) => !variable || process.env[variable]);
  const names = only.split(',');
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw usage(`There is no test step "${unknown}".`, `Steps: ${NAMES.join(', ')}.`);
  return STEPS.filter((step) => names.includes(step.name));
}

/** Runs the steps of a phase two at a time. */
async function runPhase(steps) {
  const waiting = [];
  // Prepared one after another, so that no two use the package manager or build the page at the same time.
  for (const step of steps) waiting.push({ step, ...(await prepare(step)) });
  const alone = steps.length === 1;
  const results = [];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await runStep(next, alone));
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** Finds or installs the programs of a step and builds its target. @returns its environment variables, or why it cannot run */
async function prepare({ needs, build: target }) {
  try {
    const { vulkan } = needs ? await setUp(needs) : {};
    if (target) await build(target);
    return { env: vulkan?.icd ? { VK_ICD_FILENAMES: vulkan.icd } : {} };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { why: `${error.message}\n${error.remedy}` };
  }
}

/**
 * Runs a step. The output of tests is shown while they run, after the name of the step unless it runs alone; the output of other
 * steps is shown only if they fail.
 */
async function runStep({ step, env, why }, alone) {
  const started = Date.now();
  const show = step.reports ? (alone ? 'stream' : 'label') : 'collect';
  if (show === 'stream') console.log(`\n── ${step.name}`);
  const { code, output } = why ? { code: 1, output: '' } : await runCommands(step, env, show);
  const ms = Date.now() - started;
  const ok = code === 0;
  if (show === 'collect' && !ok) console.log(`\n── ${step.name}\n${output.trimEnd()}`);
  console.log(`${ok ? '✓' : '✗'} ${step.name} (${seconds(ms)})`);
  if (!ok) console.log(why ?? step.remedy);
  return { step, ok, ms };
}

/** Runs a step's commands until one fails. */
async function runCommands(step, env, show) {
  const port = process.env.BITCURVE_E2E_PORT ?? String(await freePort());
  let output = '';
  for (const [script, args, own = {}] of step.commands) {
    const run = await executeNode(script, args, {
      stream: show === 'stream',
      label: show === 'label' ? step.name : undefined,
      env: { ...hiddenFrom(step), ...env, BITCURVE_E2E_PORT: port, ...own },
    });
    output += run.output;
    if (run.code !== 0) return { code: run.code, output };
  }
  return { code: 0, output };
}

/** Returns the variables of other steps as undefined, so that a step does not depend on them. */
function hiddenFrom(step) {
  const others = STEPS.filter((other) => other.variable && other !== step);
  return Object.fromEntries(others.map(({ variable }) => [variable, undefined]));
}

/** Returns a free port, so that other servers on this machine do not disturb the end-to-end tests. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Prints a line for each step, the slowest tests, and the totals alone on the last line. */
function summarise(steps, results) {
  console.log('\nSummary');
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    const result = results.find((entry) => entry.step === step);
    const counts = (result && step.reports?.map(countOf(result)).reduce(sum)) ?? {};
    // A failed step without counted tests counts as one failure.
    if (result && !result.ok && !counts.failed) counts.failed = 1;
    sum(total, counts);
    console.log(`  ${stepLine(step, result, counts)}`);
  }
  listSlowest(steps);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
}

/** Prints the slowest tests. */
function listSlowest(steps) {
  const slowest = slowestTests(
    steps.flatMap((step) => step.reports ?? []),
    SLOWEST_COUNT,
  );
  if (slowest.length > 0) console.log('\nSlowest tests');
  for (const { name, ms } of slowest) console.log(`  ${seconds(ms)}  ${name}`);
}

/** Returns a function that counts a report. After a failure, missing reports of later commands are not counted as failures. */
function countOf(result) {
  return (file) => {
    const counts = countReport(file);
    return counts.missing && !result.ok ? { passed: 0, failed: 0, skipped: 0 } : counts;
  };
}

function sum(total, counts) {
  for (const key of ['passed', 'failed', 'skipped']) total[key] += counts[key] ?? 0;
  return total;
}

function stepLine(step, result, counts) {
  if (!result) return `– ${step.name}: not run`;
  const tests = step.reports
    ? `: ${counts.passed ?? 0} passed, ${counts.failed ?? 0} failed, ${counts.skipped ?? 0} skipped`
    : '';
  return `${result.ok ? '✓' : '✗'} ${step.name}${tests} (${seconds(result.ms)})`;
}

await runMain(main);
