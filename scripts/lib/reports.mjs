import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './paths.mjs';

/** Counts the tests passed, failed and skipped in a JSON report of Vitest or Playwright. A missing report is one failure. */
export function countReport(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, missing: true };
  const report = read(file);
  return report.stats ? countPlaywright(report) : countVitest(report);
}

function countPlaywright({ stats, errors = [] }) {
  const { expected, unexpected, flaky, skipped } = stats;
  return { passed: expected + flaky, failed: unexpected + errors.length, skipped };
}

/** Counts the tests of Vitest. A file that fails before its tests are known counts as one failure. */
function countVitest({
  numPassedTests,
  numFailedTests,
  numPendingTests,
  numTodoTests = 0,
  testResults = [],
}) {
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: numPendingTests + numTodoTests,
  };
}

/**
 * Returns the slowest tests of several reports, slowest first. Missing reports are ignored.
 * @returns {{ name: string, ms: number }[]} at most `count`; `name` is the test file and the title
 */
export function slowestTests(files, count) {
  const tests = files.filter(existsSync).flatMap((file) => {
    const report = read(file);
    return report.stats ? report.suites.flatMap(timesInSuite) : report.testResults.flatMap(timesInFile);
  });
  return tests.sort((a, b) => b.ms - a.ms).slice(0, count);
}

/** Returns the times of the tests in a suite of Playwright and in its nested suites. */
function timesInSuite({ specs = [], suites = [] }) {
  const own = specs.flatMap(({ file, title, tests }) =>
    tests.map(({ results }) => ({
      name: `e2e/${file}: ${title}`,
      ms: results.reduce((ms, { duration }) => ms + duration, 0),
    })),
  );
  return [...own, ...suites.flatMap(timesInSuite)];
}

function timesInFile({ name, assertionResults }) {
  const file = relative(ROOT, name).replaceAll('\\', '/');
  return assertionResults.map(({ fullName, duration }) => ({
    name: `${file}: ${fullName}`,
    ms: duration ?? 0,
  }));
}

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
