import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { parseMarkdownTables } from '../../../base/markdown';
import { KeyedRandom } from '../../../base/random';
import { writeSafetensors } from '../../../formats/safetensors/write';
import type { LabRecord } from '../../../lab/results/record';
import { architectureFor } from '../../../models/registry';
import { startHubServer, type HubServer } from '../../../testing/hubServer';
import { publicFolder } from '../paths';
import { main as compress } from '../../../../cli/commands/compress/command';
import { main as sweep } from '../../../../cli/commands/sweep/command';

const COMMIT = 'abcdefabcdefabcdefabcdefabcdefabcdefabcd';
const NAME = 'distilbert/distilgpt2';
const CONFIG = {
  ...{ model_type: 'gpt2', vocab_size: 512, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 1024 },
  ...{ layer_norm_epsilon: 1e-5, activation_function: 'gelu_new' },
};

/** Returns a model with random weights, in the layout and with the context of the real one. */
function standIn(): Map<string, Uint8Array> {
  const random = new KeyedRandom(3);
  const tensors = architectureFor(CONFIG)
    .configure(CONFIG)
    .tensors.map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b);
      const values = Float32Array.from({ length: size }, () => 0.3 * random.nextNormal());
      return { name, dtype: 'F32' as const, shape, bytes: new Uint8Array(values.buffer) };
    });
  const small = publicFolder('models/stories260K');
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(CONFIG))],
    ['model.safetensors', writeSafetensors(tensors)],
    ['tokenizer.json', new Uint8Array(readFileSync(join(small, 'tokenizer.json')))],
  ]);
}

const root = mkdtempSync(join(tmpdir(), 'bitcurve-hub-sweep-'));
const at = (name: string) => join(root, name);
let hub: HubServer;
beforeAll(async () => {
  hub = await startHubServer({ models: [{ id: NAME, revision: COMMIT, files: standIn() }] });
});
afterAll(async () => {
  await hub.close();
  rmSync(root, { recursive: true });
});

let stderr = '';
beforeEach(() => {
  stderr = '';
  vi.stubEnv('BITCURVE_HUB', hub.origin);
  vi.stubEnv('BITCURVE_HUB_CACHE', at('cache'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const noBrowser = { openPage: () => expect.unreachable() };
const SOFTWARE = ['--adapter', 'software'];

test('a hub model runs with the published setting: a stride of 512 within its context', async () => {
  const setting = ['--data', 'wikitext-2-hf', '--protocol', 'sliding', '--stride', '512'];
  const cut = ['--windows', '4', '--codec', 'rtn(bits=4)', '--verdict', 'off', '--calibration', 'none'];
  const asked = ['--tasks', 'lambada,humaneval', '--task-examples', '2'];
  const args = ['--model', NAME, ...setting, ...cut, ...asked, '--out', at('out'), ...SOFTWARE];
  expect(await sweep(args, noBrowser), stderr).toBe(0);
  expect(stderr).toMatch(/Downloading distilbert\/distilgpt2@abcdefa: .* from http/);
  const records = JSON.parse(readFileSync(at('out/records.json'), 'utf8')) as LabRecord[];
  expect(records.map(({ role }) => role)).toEqual(['baseline', 'codec']);
  for (const { model, quality, tasks } of records) {
    expect(tasks!.map(({ task, examples }) => [task, examples])).toEqual([
      ['lambada', 2],
      ['humaneval', 2],
    ]);
    expect(model).toMatchObject({ id: NAME, source: 'hub', revision: COMMIT });
    expect(quality).toMatchObject({ protocol: 'sliding', context: 1024, stride: 512, windows: 4 });
    // The first window scores all but its first token, every other its last stride.
    expect(quality.scoredTokens).toBe(1023 + 3 * 512);
  }
});

test('a stored model is compressed without the network', async () => {
  vi.stubEnv('BITCURVE_HUB', 'http://127.0.0.1:9');
  const args = ['--model', NAME, '--codec', 'rtn(bits=4)', '--out', at('a.safetensors'), ...SOFTWARE];
  expect(await compress([...args, '--offline']), stderr).toBe(0);
  expect(readFileSync(at('a.safetensors')).includes(COMMIT)).toBe(true);
});

test('the ladder of sizes takes a hub model beside one that ships, with a text of each form', async () => {
  const models = ['--model', NAME, '--model', 'stories260K'];
  const short = ['--windows', '2', '--data', 'tinystories', '--verdict', 'off', '--out', at('ladder')];
  const args = ['--plan', 'scale-ladder', ...models, ...short, ...SOFTWARE, '--offline'];
  expect(await sweep(args, noBrowser), stderr).toBe(0);
  const [{ columns, rows }] = parseMarkdownTables(readFileSync(at('ladder/scale-ladder.md'), 'utf8'));
  const seven = (id: string) => Array.from({ length: 7 }, () => id);
  expect(rows.map(([model]) => model)).toEqual([...seven(NAME), ...seven('stories260K')]);
  const texts = rows.map((cells) => cells[columns.findIndex((name) => name.startsWith('Text after'))]);
  for (const text of texts) expect(text).toMatch(/^`.+`$/);
  // The same form of a model writes the same text; the float32 model of 260 K weights writes sentences.
  expect(texts[7]).toMatch(/^`, there was a little /);
  expect(new Set(texts.slice(7)).size).toBeGreaterThan(1);
});
