import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { folderFiles } from '../src/platform/node/folder';
import { readLocal } from '../src/platform/node/localFile';
import { loadText } from '../src/data/datasets';
import { loadTokenizer } from '../src/models/tokenizer/tokenizer';
import { fixture } from '../src/testing/fixtures';
import type { LabPage } from './support/lab';
import { small } from './support/plans';
import { expect, note, test } from './support/test';

const CODEC = 'rtn(bits=4,group=32)';

/** Opens a record in the inspector and returns its verification. */
async function openVerification(lab: LabPage, spec: string) {
  await lab.row(spec).getByRole('button', { name: spec, exact: true }).click();
  return lab.page.getByRole('region', { name: `Verification of ${spec}` });
}

test('a record is cross-checked with an independent reader and runtime, also after a failure', async ({
  lab,
  page,
}) => {
  test.slow();
  // Without ONNX Runtime the software adapter measures.
  const runtime = /ort-wasm-simd-threaded-\w+\.wasm/;
  await page.route(runtime, (route) => route.abort());
  await lab.open(small(CODEC));
  const measured = await lab.runPlan();
  expect(measured.map(({ environment }) => environment.compute)).toEqual(['gpu', 'gpu']);
  const steps = await openVerification(lab, CODEC);
  await expect(steps.getByRole('heading')).toHaveText('Verified 4 of 6 steps');
  await expect(steps.getByRole('listitem').filter({ hasText: 'Read by another program' })).toContainText(
    'not done',
  );

  const check = steps.getByRole('button', { name: 'Cross-check' });
  await check.click();
  await expect(steps.getByRole('alert')).toHaveText(/ONNX Runtime Web.*could not be loaded.*try again/);
  expect(await lab.error()).toBeNull();
  await page.unroute(runtime);

  await check.click();
  await expect(steps.getByRole('alert')).toHaveCount(0);
  await expect(steps.getByRole('status')).toHaveText(/\S/);
  // No other activity can start meanwhile.
  await expect(lab.run).toBeDisabled();
  await expect(steps.getByRole('heading')).toHaveText('Verified 6 of 6 steps');
  await expect(check).toBeEnabled();
  await expect(lab.run).toBeEnabled();
  await expect(steps.getByRole('listitem').filter({ hasText: 'Read by another program' })).toContainText(
    '@huggingface/hub finds every tensor',
  );

  const record = (await lab.records()).find(({ codec }) => codec.spec === CODEC)!;
  const { loadedElsewhere, inferenceAgrees } = record.verification;
  expect(loadedElsewhere).toEqual({ name: '@huggingface/hub', agrees: true });
  expect(inferenceAgrees).toMatchObject({
    name: expect.stringMatching(/^onnxruntime-web .*CPU/),
    agrees: true,
  });
  note('largest log-probability difference', `${inferenceAgrees!.value} nats`);

  // The outcome is stored with the record.
  await page.reload();
  await lab.expectState('ready');
  await expect((await openVerification(lab, CODEC)).getByRole('heading')).toHaveText('Verified 6 of 6 steps');
});

const CONTEXT = 32;
const WINDOWS = 2;

test('losses of the float32 model equal those of torch’s export in onnxruntime-web', async ({
  lab,
  page,
}) => {
  await lab.open(small('float16'));
  const records = await lab.runPlan();
  const { samples } = records.find(({ role }) => role === 'baseline')!;
  const ids = await firstTokens();
  const { logits, classes } = await runExported(page, ids);
  const losses = samples.map((sample) => ('nll' in sample ? sample.nll : NaN));
  expect(losses).toHaveLength(WINDOWS);
  for (const [w, loss] of losses.entries()) {
    const expected = windowLoss(logits, ids, w * CONTEXT, classes);
    expect(expected).toBeGreaterThan(10);
    // 31 tokens, each within 1e-4 nats.
    expect(Math.abs(loss - expected)).toBeLessThan(31 * 1e-4);
    note(`window ${w + 1}`, `${loss} nats here, ${expected} there`);
  }
});

/** Returns the tokens of the two windows of the plan. */
async function firstTokens(): Promise<number[]> {
  const { text } = await loadText('tinystories', folderFiles('public/data'));
  const assets = new Map([
    ['tokenizer.json', await readLocal('public/models/stories260K/tokenizer.json')],
    ['tokenizer_config.json', await readLocal('public/models/stories260K/tokenizer_config.json')],
  ]);
  const ids = await (await loadTokenizer(assets)).encode(text.slice(0, 2000));
  return [...ids.slice(0, WINDOWS * CONTEXT)];
}

/** Returns logits [windows, context, classes] of torch's export, computed in the page by onnxruntime-web on the CPU. */
async function runExported(page: Page, ids: number[]): Promise<{ logits: number[]; classes: number }> {
  const served: Record<string, string> = {
    'ort.mjs': 'node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs',
    'ort.wasm': 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
    'model.onnx': fixture('onnx/stories260K.onnx'),
  };
  await page.route('**/exported/*', (route) => {
    const name = route.request().url().split('/').at(-1)!;
    const contentType = name.endsWith('.mjs') ? 'text/javascript' : 'application/wasm';
    return route.fulfill({ body: readFileSync(served[name]), contentType });
  });
  return page.evaluate(
    async ({ ids, dims }) => {
      const at = (name: string) => new URL(`exported/${name}`, document.baseURI).href;
      const ort = (await import(at('ort.mjs'))) as typeof import('onnxruntime-web');
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmPaths = { wasm: at('ort.wasm') };
      const file = new Uint8Array(await (await fetch(at('model.onnx'))).arrayBuffer());
      const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
      const input = new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), dims);
      const outputs = await session.run({ [session.inputNames[0]]: input });
      const { data, dims: shape } = outputs[session.outputNames[0]];
      return { logits: [...(data as Float32Array)], classes: shape.at(-1)! };
    },
    { ids, dims: [WINDOWS, CONTEXT] },
  );
}

/** Returns −Σ log p of all tokens of a window except the first, in nats. */
function windowLoss(
  logits: readonly number[],
  ids: readonly number[],
  first: number,
  classes: number,
): number {
  let loss = 0;
  for (let at = first; at + 1 < first + CONTEXT; at++) {
    const row = logits.slice(at * classes, (at + 1) * classes);
    const max = Math.max(...row);
    const sum = row.reduce((total, x) => total + Math.exp(x - max), 0);
    loss += max + Math.log(sum) - row[ids[at + 1]];
  }
  return loss;
}
