import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { contentSecurityPolicy, readHub } from './hub.mjs';
import { staticHandler } from './staticServer.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-hub-build-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.resetModules();
});

/** Returns the sources of one directive of a policy. */
const directive = (policy, name) =>
  policy
    .split('; ')
    .find((part) => part.startsWith(`${name} `))
    ?.split(' ')
    .slice(1);

describe('the hub of a build', () => {
  test('is Hugging Face with its download hosts, unless another one is named', () => {
    const { origin, hosts } = readHub();
    expect(origin).toBe('https://huggingface.co');
    expect(hosts).toEqual([origin, 'https://*.huggingface.co', 'https://*.hf.co']);
    expect(readHub('')).toEqual(readHub());
  });

  test.each([
    ['https://mirror.example', ['https://mirror.example']],
    ['https://mirror.example/', ['https://mirror.example']],
    ['HTTP://Mirror.example:80', ['http://mirror.example']],
    ['http://127.0.0.1:4180, http://127.0.0.1:4181', ['http://127.0.0.1:4180', 'http://127.0.0.1:4181']],
    ['https://hub.example,https://*.files.example', ['https://hub.example', 'https://*.files.example']],
  ])('%s', (text, hosts) => expect(readHub(text)).toEqual({ origin: hosts[0], hosts }));

  test.each([
    ...['mirror.example', 'ftp://mirror.example', 'https://mirror.example/hf', 'https://m.example?x', ','],
    ...['https://user@mirror.example', 'https://m.example#x', 'https://m.example,', 'javascript:alert(1)'],
    ...[
      "https://m.example;script-src'unsafe-inline'",
      'https://m"x.example',
      'https://*',
      'https://*.m.example',
    ],
    ...['https://m.example https://n.example', "https://m.example,'unsafe-eval'", 'https://[::1]:80', '*'],
  ])('refuses %j with an error message and exit code 2', (text) => {
    try {
      readHub(text);
      expect.unreachable();
    } catch (error) {
      expect([error.exitCode, error.message]).toEqual([2, expect.stringMatching(/^["h].*\.$/)]);
      expect(error.remedy).toContain('--hub');
    }
  });
});

describe('the built page', () => {
  /** Builds a minimal page with the configuration of the project. */
  async function builtPage(hub) {
    vi.stubEnv('BITCURVE_HUB', hub);
    const { default: config } = await import('../../vite.config.ts');
    writeFileSync(join(folder, 'index.html'), '<head></head><script type="module" src="./main.js"></script>');
    writeFileSync(join(folder, 'main.js'), 'document.title = __HUB_ORIGIN__;');
    const page = { ...config, configFile: false, root: folder, publicDir: false, logLevel: 'silent' };
    const { output } = await build({ ...page, build: { ...config.build, write: false } });
    return {
      html: output.find(({ fileName }) => fileName === 'index.html').source,
      code: output.find(({ type }) => type === 'chunk').code,
    };
  }
  const policyIn = (html) =>
    /^\s*<meta http-equiv="Content-Security-Policy" content="([^"]+)" \/>/m.exec(html)[1];

  test('can connect only to its own host and the mirror for which it was built', async () => {
    const { html, code } = await builtPage('https://mirror.example,https://files.example:8443');
    const sources = directive(policyIn(html), 'connect-src');
    expect(sources).toEqual(["'self'", 'https://mirror.example', 'https://files.example:8443']);
    expect(code).toContain('"https://mirror.example"'.replaceAll('"', '`'));
    expect(html + code).not.toMatch(/huggingface|hf\.co/);
    writeFileSync(join(folder, 'index.html'), html);
    expect(await headerOf(folder)).toBe(policyIn(html));
  });

  test('runs only its own scripts', async () => {
    const policy = policyIn((await builtPage('')).html);
    expect(policy).toBe(contentSecurityPolicy(readHub().hosts));
    expect(directive(policy, 'default-src')).toEqual(["'self'"]);
    expect(directive(policy, 'script-src')).toEqual(["'self'", "'wasm-unsafe-eval'"]);
    expect(directive(policy, 'object-src')).toEqual(["'none'"]);
    expect(directive(policy, 'style-src')).not.toContain("'unsafe-inline'");
  });

  /** Returns the policy in the header of the server, which applies to workers. */
  function headerOf(root) {
    return new Promise((resolve) => {
      const response = {
        writeHead: (_, headers) => resolve(headers['Content-Security-Policy']),
        end: () => undefined,
      };
      staticHandler(root)({ method: 'HEAD', url: '/main.js', headers: {} }, response);
    });
  }
});
