import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Locator, Page } from '@playwright/test';
import { gguf } from '@huggingface/gguf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { small } from './support/plans';
import { withSharedPage } from './support/sharedPage';
import { expect } from './support/test';

const CODEC = 'rtn(bits=4,group=32)';

/** Runs one codec and opens its record, whose files the tests download. */
const test = withSharedPage(async (lab) => {
  await lab.open(small(CODEC));
  const record = (await lab.runPlan()).find(({ role }) => role === 'codec')!;
  await lab.row(CODEC).getByRole('button').click();
  return { record, files: lab.page.getByRole('region', { name: `Files of ${CODEC}` }) };
});

async function downloaded(page: Page, files: Locator, format: string) {
  await files.getByLabel('Weights as a file').selectOption({ label: format });
  const downloading = page.waitForEvent('download');
  await files.getByRole('button', { name: 'Download' }).click();
  const download = await downloading;
  const path = test.info().outputPath(download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path, bytes: await readFile(path) };
}

test('a record can be downloaded as its artefact, and as GGUF that another reader parses', async ({
  lab: { page },
  prepared: { record, files },
}) => {
  const artefact = await downloaded(page, files, 'Artefact (.safetensors)');
  expect(artefact.name).toBe('stories260K-rtn-bits=4-group=32.safetensors');
  expect(artefact.bytes.length).toBe(record.size.totalBytes);
  expect(createHash('sha256').update(artefact.bytes).digest('hex')).toBe(record.artefactSha256);
  await expect(files.getByRole('status')).toContainText(`sha256 ${record.artefactSha256!.slice(0, 12)}`);

  const file = await downloaded(page, files, 'GGUF (Q8_0)');
  expect(file.name).toBe('stories260K-rtn-bits=4-group=32-Q8_0.gguf');
  const { metadata, tensorInfos } = await gguf(file.path, { allowLocalFile: true });
  expect(metadata).toMatchObject({
    'general.architecture': 'llama',
    'general.file_type': 7,
    'bitcurve.source.sha256': record.artefactSha256,
  });
  expect(tensorInfos).toHaveLength(47);
  await expect(files.getByRole('status')).toContainText('kept as F16');
});

test('a file that cannot be written shows an error, and another format still works', async ({
  lab: { page },
  prepared: { files },
}) => {
  await files.getByLabel('Weights as a file').selectOption({ label: 'GPTQ (.tar)' });
  await files.getByRole('button', { name: 'Download' }).click();
  await expect(files.getByRole('alert')).toContainText('it has 172 outputs');
  const { bytes } = await downloaded(page, files, 'GGUF (F16)');
  expect(bytes.subarray(0, 4).toString()).toBe('GGUF');
  await expect(files.getByRole('alert')).toHaveCount(0);
});

test('a record can be downloaded for other tools: ONNX that ONNX Runtime runs, and a folder that tar unpacks', async ({
  lab: { page },
  prepared: { files },
}) => {
  const onnx = await downloaded(page, files, 'ONNX (.onnx)');
  const session = await InferenceSession.create(onnx.path);
  const ids = new Tensor('int64', BigInt64Array.of(1n, 403n, 407n), [1, 3]);
  const { logits } = await session.run({ input_ids: ids });
  expect(logits.dims).toEqual([1, 3, 512]);

  const folder = await downloaded(page, files, 'float32 (.tar)');
  const { stdout } = await promisify(execFile)('tar', ['-tf', folder.path]);
  expect(stdout.split('\n')).toContain('stories260K-rtn-bits=4-group=32-safetensors/model.safetensors');
});
