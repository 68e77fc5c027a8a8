import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inRoot } from './paths.mjs';
import { countReport, slowestTests } from './reports.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-reports-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a report and returns its path. */
function file(name, report) {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(report));
  return path;
}

describe('test reports', () => {
  test('counts those of Vitest, with a file that failed before its tests were known', () => {
    const report = {
      numPassedTests: 5,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{}] },
        { status: 'passed', assertionResults: [{}] },
      ],
    };
    expect(countReport(file('vitest.json', report))).toEqual({
      passed: 5,
      failed: 2,
      skipped: 3,
    });
  });

  test('counts those of Playwright, with an error outside any test', () => {
    const report = { stats: { expected: 4, unexpected: 1, flaky: 0, skipped: 2 }, errors: [{}] };
    expect(countReport(file('pw.json', report))).toEqual({
      passed: 4,
      failed: 2,
      skipped: 2,
    });
  });

  test('a missing report is a failure', () =>
    expect(countReport(join(folder, 'none.json'))).toMatchObject({ failed: 1 }));

  test('the slowest tests of several reports have the names of their files', () => {
    const vitest = {
      testResults: [
        {
          name: inRoot('src', 'a.test.ts'),
          assertionResults: [{ fullName: 'a fast', duration: 1 }, { fullName: 'a skipped' }],
        },
        { name: inRoot('src', 'b.test.ts'), assertionResults: [{ fullName: 'b slow', duration: 30 }] },
      ],
    };
    const spec = (title, ...durations) => ({
      file: 'c.spec.ts',
      title,
      tests: [{ results: durations.map((duration) => ({ duration })) }],
    });
    const playwright = {
      stats: {},
      suites: [{ specs: [spec('outer', 2)], suites: [{ specs: [spec('inner', 10, 25)] }] }],
    };
    const files = [file('v.json', vitest), file('p.json', playwright), join(folder, 'none.json')];
    expect(slowestTests(files, 3)).toEqual([
      { name: 'e2e/c.spec.ts: inner', ms: 35 },
      { name: 'src/b.test.ts: b slow', ms: 30 },
      { name: 'e2e/c.spec.ts: outer', ms: 2 },
    ]);
  });
});
