import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { KeyedRandom } from '../../../src/base/random';
import { loadText } from '../../../src/data/datasets';
import { writeSafetensors } from '../../../src/formats/safetensors/write';
import type { LabRecord } from '../../../src/lab/results/record';
import { gptqPerplexity, roundRowsAsPrinted } from '../../../src/lab/studies/validation/testing/optReference';
import { publishedGrids } from '../../../src/lab/studies/validation/registry';
import { loadTokenizer } from '../../../src/models/tokenizer/tokenizer';
import { startHubServer, type HubServer } from '../../../src/testing/hubServer';
import { folderFiles } from '../../../src/platform/node/folder';
import { publicFolder } from '../../../src/platform/node/paths';
import { main as validate } from './command';

// Files share modules, and those of another file may have been loaded with its mocks.
vi.hoisted(() => vi.resetModules());

/** Relative tolerance of a perplexity summed in float32 against one summed in float64. */
const RELATIVE = 1e-5;
const WINDOWS = 2;
const LENGTH = 2048;
const WIDTH = 8;
const CONFIG = {
  ...{ model_type: 'opt', vocab_size: 512, hidden_size: WIDTH, ffn_dim: 16, num_hidden_layers: 1 },
  ...{ num_attention_heads: 2, max_position_embeddings: LENGTH, word_embed_proj_dim: WIDTH },
};

/** Draws random weights for a model with OPT's layout that is small enough for plain loops. */
function drawnWeights(): Map<string, Float32Array> {
  const random = new KeyedRandom(7);
  const draw = (size: number, scale: number, mean = 0) =>
    Float32Array.from({ length: size }, () => mean + scale * random.nextNormal());
  const weights = new Map<string, Float32Array>();
  const pair = (name: string, size: number, input: number) => {
    weights.set(`${name}.weight`, draw(size * input, 0.4));
    weights.set(`${name}.bias`, draw(size, 0.1));
  };
  const norm = (name: string) => {
    weights.set(`${name}.weight`, draw(WIDTH, 0.1, 1));
    weights.set(`${name}.bias`, draw(WIDTH, 0.1));
  };
  weights.set('embed_tokens.weight', draw(CONFIG.vocab_size * WIDTH, 0.5));
  weights.set('embed_positions.weight', draw((LENGTH + 2) * WIDTH, 0.2));
  norm('final_layer_norm');
  norm('layers.0.self_attn_layer_norm');
  norm('layers.0.final_layer_norm');
  for (const name of ['q_proj', 'k_proj', 'v_proj', 'out_proj'])
    pair(`layers.0.self_attn.${name}`, WIDTH, WIDTH);
  pair('layers.0.fc1', CONFIG.ffn_dim, WIDTH);
  pair('layers.0.fc2', WIDTH, CONFIG.ffn_dim);
  return weights;
}

const weights = drawnWeights();

function shapeOf(name: string, size: number): number[] {
  if (name.endsWith('bias') || name.includes('layer_norm')) return [size];
  const columns = name.includes('fc2') ? CONFIG.ffn_dim : WIDTH;
  return [size / columns, columns];
}

function standIn(): Map<string, Uint8Array> {
  const tensors = [...weights].map(([name, values]) => ({
    name: `model.decoder.${name}`,
    dtype: 'F32' as const,
    shape: shapeOf(name, values.length),
    bytes: new Uint8Array(values.buffer),
  }));
  const small = publicFolder('models/stories260K');
  return new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(CONFIG))],
    ['model.safetensors', writeSafetensors(tensors)],
    ...['tokenizer.json', 'tokenizer_config.json'].map(
      (name) => [name, new Uint8Array(readFileSync(join(small, name)))] as const,
    ),
  ]);
}

const reference = (of: ReadonlyMap<string, Float32Array>) => ({
  ...{ width: WIDTH, heads: CONFIG.num_attention_heads, layers: 1 },
  get: (name: string) => of.get(name)!,
});

/** All weights, with every matrix of the block rounded as in quant.py. */
const rounded = new Map(
  [...weights].map(([name, values]) => {
    const coded = /layers\..*(proj|fc\d)\.weight/.test(name);
    return [name, coded ? roundRowsAsPrinted(values, shapeOf(name, values.length)[1], 4) : values];
  }),
);

const root = mkdtempSync(join(tmpdir(), 'bitcurve-validate-'));
const at = (name: string) => join(root, name);
let hub: HubServer;
let ids: Uint32Array;
beforeAll(async () => {
  const [id, revision] = publishedGrids.get('opt-125m')!.model.split('@');
  hub = await startHubServer({ models: [{ id, revision, files: standIn() }] });
  const files = standIn();
  const tokenizer = await loadTokenizer(files);
  const { text } = await loadText('wikitext-2-hf', folderFiles(publicFolder('data')));
  // The first windows need only the beginning of the text, with a wide margin.
  ids = await tokenizer.encode(text.slice(0, 8 * WINDOWS * LENGTH));
});
afterAll(async () => {
  await hub.close();
  rmSync(root, { recursive: true });
});

let stdout = '';
let stderr = '';
beforeEach(() => {
  stdout = stderr = '';
  // Hides the adapters of this machine from Dawn.
  vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent');
  vi.stubEnv('BITCURVE_HUB', hub.origin);
  vi.stubEnv('BITCURVE_HUB_CACHE', at('cache'));
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the protocol, on a stand-in for the checkpoint from a local hub', () => {
  test('perplexities equal those of the paper’s code in plain float64 loops', async () => {
    const only = ['--only', 'rtn-float32(bits=4,group=row)', '--windows', String(WINDOWS)];
    expect(await validate(['opt-125m', ...only, '--out', at('out')])).toBe(0);
    const records = JSON.parse(readFileSync(at('out/records.json'), 'utf8')) as LabRecord[];
    const [baseline, codec] = ['baseline', 'codec'].map((role) => records.find((r) => r.role === role)!);
    expect([baseline, codec].map(({ environment }) => environment.adapter)).toEqual(['none', 'none']);
    const float = gptqPerplexity(reference(weights), ids, LENGTH, WINDOWS);
    const coded = gptqPerplexity(reference(rounded), ids, LENGTH, WINDOWS);
    expect(Math.abs(baseline.quality.value / float - 1)).toBeLessThan(RELATIVE);
    expect(Math.abs(codec.quality.value / coded - 1)).toBeLessThan(RELATIVE);
    // Rounding changes the perplexity by much more than the tolerance.
    expect(Math.abs(coded / float - 1)).toBeGreaterThan(100 * RELATIVE);
    expect(baseline.quality.scoredTokens).toBe(WINDOWS * (LENGTH - 1));
    expect([baseline.model.source, baseline.model.revision]).toEqual([
      'hub',
      expect.stringMatching(/^27dcfa74/),
    ]);
    expect(stdout).toMatch(/Not comparable: 2 windows were scored; the figures in print are over 140/);
    expect(stdout).toMatch(/`rtn-float32\(bits=4,group=row\)`.*37\.2831.*not comparable/);
    expect(readFileSync(at('out/validation.md'), 'utf8')).toBe(stdout);
  });

  test('offline it names the missing model; unknown names are invalid usage', async () => {
    vi.stubEnv('BITCURVE_HUB_CACHE', at('empty'));
    expect(await validate(['opt-125m', '--offline'])).toBe(2);
    expect(stderr).toMatch(/facebook\/opt-125m@27dcfa74\w+ is not stored completely/);
    expect(await validate(['opt-350m'])).toBe(2);
    expect(stderr).toContain('Name one of opt-125m, smollm2-135m.');
    expect(await validate(['opt-125m', '--only', 'zip', '--model', 'stories260K'])).toBe(2);
    expect(stderr).toContain('No codec of opt-125m has "zip" in its name.');
  });
});
