import { describe, expect, test } from 'vitest';
import type { LabError } from '../../src/base/errors';
import { ADAPTER, COMPUTE, computeOf, optionsHelp, readArguments, type OptionTable } from './options';

const TABLE: OptionTable = {
  name: { value: 'NAME', help: 'a name' },
  codec: { value: 'SPEC', help: 'a codec', repeatable: true },
};

const failure = (run: () => unknown): LabError => {
  try {
    run();
  } catch (error) {
    return error as LabError;
  }
  return expect.unreachable();
};

describe('arguments', () => {
  test('reads options, repeated options and positionals', () => {
    const { values, positionals } = readArguments(
      ['--name', 'x', 'FILE', '--codec=a', '--codec', 'b'],
      TABLE,
      ['FILE'],
    );
    expect([...values]).toEqual([
      ['name', ['x']],
      ['codec', ['a', 'b']],
    ]);
    expect(positionals).toEqual(['FILE']);
  });

  test.each([
    [['--nmae', 'x'], /Unknown option '--nmae'\.$/],
    [['--name'], /--name.*missing/],
    [['--name', ''], /--name is empty/],
    [['--name', 'a', '--name', 'b'], /--name is given 2 times/],
    [['stray'], /"stray" is one argument too many/],
    [['--name', '--codec'], /--name.*ambiguous/],
  ])('refuses %j', (args, message) => {
    const error = failure(() => readArguments(args, TABLE));
    expect([error.code, error.message]).toEqual(['bad-plan', expect.stringMatching(message)]);
    expect(error.remedy).not.toBe('');
  });

  test('names a missing positional', () =>
    expect(failure(() => readArguments([], TABLE, ['FILE'])).message).toBe('FILE is missing.'));

  test('reads required values and choices', () => {
    const given = readArguments(['--name', 'two'], TABLE);
    expect(given.required('name')).toBe('two');
    expect(failure(() => given.required('codec')).message).toMatch(/--codec is missing/);
    expect(given.oneOf('name', ['one', 'two'], 'one')).toBe('two');
    expect(given.oneOf('codec', ['one', 'two'], 'one')).toBe('one');
    expect(failure(() => given.oneOf('name', ['one'], 'one')).message).toMatch(/cannot be "two"/);
  });
});

describe('what computes', () => {
  const table = { adapter: ADAPTER, compute: COMPUTE };
  const both = readArguments(['--adapter', 'software', '--compute', 'cpu'], table);

  test('the CPU and an adapter contradict each other, unless the adapter works in any case', () => {
    const error = failure(() => computeOf(both));
    expect(error.message).toMatch(/^--compute cpu and --adapter contradict each other/);
    expect(error.remedy).toMatch(/^Leave out one of them\./);
    expect(computeOf(both, true)).toBe('cpu');
  });

  test.each(['auto', 'gpu'])('%s goes with an adapter', (compute) =>
    expect(computeOf(readArguments(['--adapter', 'software', '--compute', compute], table))).toBe(compute),
  );
});

test('the help names every option and stays within 100 columns', () => {
  const help = optionsHelp({ ...TABLE, long: { value: 'N', help: 'word '.repeat(60).trim() } });
  for (const name of ['--name NAME', '--codec SPEC', '--long N', '--help']) expect(help).toContain(name);
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});
