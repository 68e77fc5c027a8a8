import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Cancelled, LabError } from '../../../base/errors';
import { startHubServer, type HubServer } from '../../../testing/hubServer';
import { runCommand } from '../../../../cli/shared/command';
import { hubFiles, lookUpHubModels } from './models';
import { parseSweep } from '../../../../cli/commands/sweep/options';
import { CLI_PLAN_NAMES } from '../../../../cli/shared/planNames';

const COMMIT = '1234567890abcdef1234567890abcdef12345678';
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const folder = join('public', 'models', 'stories260K');

let hub: HubServer;
let cache: string;
let stderr = '';
beforeAll(async () => {
  const strange = new Map([
    ['config.json', text({ model_type: 'mamba' })],
    ['model.safetensors', new Uint8Array(64)],
  ]);
  hub = await startHubServer({
    models: [
      { id: 'karpathy/stories260K', revision: COMMIT, files: folder },
      { id: 'owner/strange', revision: COMMIT, files: strange },
      { id: 'owner/secret', revision: COMMIT, files: folder, private: 'hf_secret' },
    ],
  });
});
afterAll(() => hub.close());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'bitcurve-hub-'));
  vi.stubEnv('BITCURVE_HUB', hub.origin);
  vi.stubEnv('BITCURVE_HUB_CACHE', cache);
  vi.stubEnv('HF_TOKEN', '');
  hub.misbehave(undefined);
  hub.requests.length = 0;
  stderr = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((more) => ((stderr += String(more)), true));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(cache, { recursive: true });
});

const NAME = 'karpathy/stories260K';
const look = (...more: string[]) => lookUpHubModels(['--model', ...more]);
const failure = (work: Promise<unknown>): Promise<LabError> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error as LabError,
  );
const weightRequests = () => hub.requests.filter((request) => request.file === 'model.safetensors');

describe('looking up a model', () => {
  test('gives plans its task, context and data, and fetches no weights', async () => {
    await look(NAME);
    expect(CLI_PLAN_NAMES.model(NAME)).toEqual({
      id: NAME,
      task: 'language-model',
      maxContext: 512,
      data: 'wikitext-2',
    });
    const [plan] = parseSweep(['--model', NAME, '--codec', 'nf4'], CLI_PLAN_NAMES).plans;
    expect([plan.model, plan.data, plan.protocol.context]).toEqual([NAME, 'wikitext-2', 128]);
    expect(weightRequests()).toEqual([]);
    expect(readdirSync(cache)).toEqual([]);
    expect(stderr).toBe(`Looking up ${NAME} on ${hub.origin}\n`);
  });

  test('downloads the files once, when they are requested, and reports the size first', async () => {
    await look(`${NAME}@main`);
    const files = await hubFiles(`${NAME}@main`);
    expect([files?.id, files?.source, files?.revision]).toEqual([NAME, 'hub', COMMIT]);
    expect(stderr).toContain(`Downloading ${NAME}@1234567: 1.0`);
    expect(stderr).toContain(`from ${hub.origin} into ${cache}`);
    expect((await files!.read('model.safetensors')).byteLength).toBe(1_044_992);
    const before = weightRequests().length;
    await look(`${NAME}@main`);
    await (await hubFiles(`${NAME}@main`))!.read('config.json');
    expect(weightRequests().length).toBe(before);
  });

  test('keeps what has arrived when it is cancelled, and resumes later', async () => {
    await look(NAME);
    const stop = new AbortController();
    vi.mocked(process.stderr.write).mockImplementation((more) => {
      stderr += String(more);
      if (/ [4-9]\d %/.test(String(more))) stop.abort();
      return true;
    });
    hub.misbehave((request) => (request.file === 'model.safetensors' ? { cutAfter: 600_000 } : undefined));
    expect(await failure(hubFiles(NAME, stop.signal))).toBeInstanceOf(Cancelled);
    expect(stderr).toMatch(/Stopped\. \d+ kB of karpathy\/stories260K are stored/);
    hub.misbehave(undefined);
    hub.requests.length = 0;
    await look(NAME);
    expect((await (await hubFiles(NAME))!.read('model.safetensors')).byteLength).toBe(1_044_992);
    expect(weightRequests().some(({ range }) => /^bytes=[1-9]/.test(range ?? ''))).toBe(true);
  });

  test('ignores names that are not on the hub', async () => {
    await look('stories260K');
    expect(hub.requests).toEqual([]);
    expect(await hubFiles('stories260K')).toBeUndefined();
  });

  test('uses the token of the environment for a private model and stores it nowhere', async () => {
    expect((await failure(look('owner/secret'))).message).toMatch(/owner\/secret.*private/);
    vi.stubEnv('HF_TOKEN', 'hf_secret');
    await look('owner/secret');
    await hubFiles('owner/secret');
    const kept = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(kept.map(({ name }) => name)).toContain('config.json');
    for (const { parentPath, name } of kept)
      expect(readFileSync(join(parentPath, name)).includes('hf_secret')).toBe(false);
    expect(stderr).not.toContain('hf_secret');
  });
});

describe('without the network', () => {
  test('--offline uses a complete stored model without requests', async () => {
    await look(NAME);
    await hubFiles(NAME);
    hub.requests.length = 0;
    await look(NAME, '--offline');
    expect((await hubFiles(NAME))?.revision).toBe(COMMIT);
    expect(hub.requests).toEqual([]);
    const error = await failure(look('owner/other', '--offline'));
    expect([error.code, error.message]).toEqual([
      'bad-plan',
      expect.stringContaining('owner/other is not stored'),
    ]);
    expect(error.remedy).toContain(`${NAME}@${COMMIT}`);
  });
});

describe('errors and exit codes', () => {
  const command = { help: '', parse: () => undefined, execute: async () => 0 };
  const run = (...args: string[]) => runCommand(command, args);

  test('a missing model is wrong use, and the error names the folder with that name', async () => {
    expect(await run('--model', 'owner/nothing')).toBe(2);
    expect(stderr).toMatch(/no .*model owner\/nothing/);
    expect(stderr).toContain(`There is no folder ${join(process.cwd(), 'owner/nothing')} either.`);
    // The lines are the look-up, the error and its remedy.
    expect(stderr.trim().split('\n').length).toBe(3);
  });

  test('an unknown architecture is refused before anything is downloaded', async () => {
    expect(await run('--model', 'owner/strange')).toBe(1);
    expect(stderr).toMatch(/"mamba"[^]*gpt2.*llama.*opt/);
    expect(existsSync(join(cache, 'owner'))).toBe(false);
    expect(weightRequests()).toEqual([]);
  });

  test('an invalid address is wrong use', async () => {
    vi.stubEnv('BITCURVE_HUB', 'not an address');
    expect(await run('--model', NAME)).toBe(2);
    expect(stderr).toContain('not the origin of a hub');
  });
});
