import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPort } from './arguments.mjs';
import { isHeadlessShell } from './chromium.mjs';
import { dependenciesMatch, installFailure, requireNode } from './dependencies.mjs';
import { firstLoad } from './firstLoad.mjs';
import { inRoot } from './paths.mjs';
import { STEPS } from './steps.mjs';
import { mesaVersion, mirrorOf } from './vulkan.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-tools-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('dependencies', () => {
  const lock = {
    packages: {
      '': { name: 'bitcurve' },
      'node_modules/a': { version: '1.0.0' },
      'node_modules/for-another-system': { version: '2.0.0', optional: true },
    },
  };
  test('are installed if every required package has its version', () => {
    expect(dependenciesMatch(lock, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(true);
    expect(dependenciesMatch(lock, { packages: { 'node_modules/a': { version: '1.0.1' } } })).toBe(false);
    expect(dependenciesMatch(lock, { packages: {} })).toBe(false);
    expect(dependenciesMatch(lock, {})).toBe(false);
  });

  test.each(['18.20.0', '20.18.1', '8.0.0'])('Node %s is too old', (version) =>
    expect(() => requireNode(version)).toThrow(/Node 20\.19 or newer/),
  );
  test.each(['20.19.0', '22.0.0', '26.1.0'])('Node %s is supported', (version) =>
    expect(() => requireNode(version)).not.toThrow(),
  );

  test('a missing network is named; other failures contain the output of npm', () => {
    expect(installFailure('npm error code ENOTFOUND\nnpm error network').message).toMatch(/cannot reach/);
    expect(installFailure('npm error code EUSAGE').message).toMatch(/EUSAGE/);
  });
});

describe('ports', () => {
  test('returns the default or the given port', () =>
    expect([readPort(undefined, 1), readPort('80', 1)]).toEqual([1, 80]));
  test.each(['0', '65536', '-1', '80a', '', '1e3', ' 80'])('refuses %j with exit code 2', (text) => {
    try {
      readPort(text, 1);
      expect.unreachable();
    } catch (error) {
      expect(error.exitCode).toBe(2);
    }
  });
});

describe('adapters and browsers', () => {
  test('reads the version of Mesa from the name of the adapter', () => {
    expect(mesaVersion('llvmpipe: Mesa 25.0.7-2~bpo12+1 (LLVM 15.0.6) 0.0.1')).toBe(25);
    expect(mesaVersion('llvmpipe: Mesa 22.3.6 (LLVM 15.0.6)')).toBe(22);
    expect(mesaVersion('NVIDIA H200')).toBe(Infinity);
  });

  test('recognises the headless shell by its name', () => {
    expect(isHeadlessShell('/cache/chromium_headless_shell-1/chrome-linux/headless_shell')).toBe(true);
    expect(isHeadlessShell('/usr/bin/chromium-headless-shell')).toBe(true);
    expect(isHeadlessShell('/usr/bin/chromium')).toBe(false);
  });

  test('takes backports from the mirror in use, never from the security archive', () => {
    const sources = [
      '# deb http://old.example/debian bookworm main',
      'URIs: http://security.example/debian-security/',
      'URIs: http://mirror.example/debian/',
      'deb [arch=amd64] https://other.example/debian bookworm main',
    ].join('\n');
    expect(mirrorOf(sources)).toBe('http://mirror.example/debian');
    expect(mirrorOf('deb [arch=amd64] https://other.example/debian bookworm main')).toBe(
      'https://other.example/debian',
    );
    expect(mirrorOf('')).toBe('http://deb.debian.org/debian');
  });
});

test('folders that steps choose exist: Vitest says nothing of one that holds no test', () => {
  const args = STEPS.flatMap(({ commands }) => commands.flatMap(([, given]) => given));
  const folders = args.filter((arg) => /^src\/[\w./-]+$/.test(arg));
  expect(folders.length).toBeGreaterThan(0);
  expect(folders.filter((folder) => !existsSync(inRoot(folder)))).toEqual([]);
});

test('the first load has page, static imports and workers, but nothing behind import()', () => {
  file('index.html', '<script type="module" crossorigin src="./main.js"></script>');
  file(
    'main.js',
    'import{a}from"./shared.js";import("./chart.js");new Worker(new URL(`worker.js`,import.meta.url))',
  );
  file('shared.js', 'export*from"./deep.js"');
  file('deep.js', 'export const a=1');
  file('chart.js', 'plotly');
  file('worker.js', 'import"./deep.js";()=>import("./codec.js")');
  file('codec.js', 'codec');
  expect(
    firstLoad(folder)
      .map((entry) => entry.file)
      .sort(),
  ).toEqual(['deep.js', 'main.js', 'shared.js', 'worker.js']);
});
