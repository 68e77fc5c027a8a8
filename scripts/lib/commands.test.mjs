import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRoot } from './paths.mjs';

const { scripts } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

test('each folder of cli/commands has an npm script, and vice versa', () => {
  const named = Object.entries(scripts).filter(([, line]) => line.includes('scripts/cli.mjs'));
  expect(Object.fromEntries(named)).toEqual(
    Object.fromEntries(
      readdirSync(inRoot('cli/commands')).map((name) => [name, `node scripts/cli.mjs ${name}`]),
    ),
  );
});
