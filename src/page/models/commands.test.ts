import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FromWorker, ToWorker } from '../../../workers/calls';
import type { DownloadCalls, LookedUp } from '../../../workers/downloadCalls';
import type { StoredModel } from '../../models/hub/types';
import { architectureFor } from '../../models/registry';
import { openQuery } from '../app/boot';
import type { Page } from '../app/page';
import { presetPlan } from '../plan/draft';
import { pageNames } from '../plan/names';
import { createLabStore } from '../store/lab';
import { createModelsStore, declineDownload } from '../store/models';
import { createPlanStore } from '../store/plan';
import { createRecordsStore } from '../store/records';
import {
  addFiles,
  CONFIRM_BYTES,
  chooseHubModel,
  startDownload,
  deleteStoredModel,
  resolveModel,
  stopDownload,
} from './commands';

const COMMIT = 'c'.repeat(40);
const CONFIG = {
  ...{ model_type: 'gpt2', activation_function: 'gelu_new', vocab_size: 100, n_positions: 64, n_embd: 8 },
  ...{ n_layer: 1, n_head: 2, layer_norm_epsilon: 1e-5 },
};

/** The models that the fake worker stores, and its answers. */
let stored: StoredModel[];
let looks: (model: string) => LookedUp | Error;
let arrived: () => void;
let asked: Message[];
type Message = ToWorker<DownloadCalls, Record<never, never>>;

class FakeWorker {
  onmessage: ((event: { data: FromWorker<DownloadCalls> }) => void) | null = null;
  onerror = null;
  terminate(): void {}
  postMessage(message: Message): void {
    asked.push(message);
    queueMicrotask(() => this.answer(message));
  }
  private answer(message: Message): void {
    const say = (data: FromWorker<DownloadCalls>): void => this.onmessage!({ data });
    if (message.type === 'stop') return say({ type: 'stopped', id: message.id });
    if (message.type !== 'call') return;
    const { id, kind } = message;
    const params = message.params as Record<'model' | 'revision', string>;
    switch (kind) {
      case 'list':
        return say({ type: 'result', id, result: stored });
      case 'lookUp': {
        const found = looks(params.model);
        return found instanceof Error
          ? say({ type: 'error', id, code: 'network', message: found.message, remedy: 'Wait.' })
          : say({ type: 'result', id, result: found });
      }
      case 'download':
        arrived = () => say({ type: 'result', id, result: undefined });
        return say({
          ...{ type: 'progress', id },
          progress: { file: 'model.safetensors', loaded: 1, total: 2, bytesPerSecond: 1 },
        });
      case 'delete':
        stored = stored.filter(({ revision }) => revision !== params.revision);
        return say({ type: 'result', id, result: undefined });
    }
  }
}

function found(bytes: number): LookedUp {
  const files = [{ name: 'model.safetensors', bytes }];
  return { config: CONFIG, revision: COMMIT, hub: { id: 'o/n', revision: COMMIT, files }, missing: bytes };
}

const whole = (bytes: number): StoredModel => ({
  ...{ id: 'o/n', revision: COMMIT, bytes, total: bytes, complete: true },
});

function somePage() {
  const models = createModelsStore();
  const names = pageNames(models);
  const forgotten: string[] = [];
  const page = {
    ...{ lab: createLabStore(), models, records: createRecordsStore() },
    plans: createPlanStore(presetPlan('stories260K', 'default', names), 'default', names),
    client: { forget: (name: string) => forgotten.push(name), pick: vi.fn(), call: vi.fn() },
  } as unknown as Page;
  return { page, forgotten, notices: () => page.lab.getState().notices.map(({ message }) => message) };
}

beforeEach(() => {
  [stored, asked] = [[], []];
  looks = () => found(1000);
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('navigator', { onLine: true });
});
afterEach(() => vi.unstubAllGlobals());

describe('model lookup', () => {
  it('resolves a branch to its commit and keeps a plain name', async () => {
    const { page } = somePage();
    expect(await resolveModel(page, 'o/n@main')).toBe(`o/n@${COMMIT}`);
    expect(await resolveModel(page, 'o/n')).toBe('o/n');
    expect(page.plans.names.model('o/n')).toMatchObject({ data: 'wikitext-2', maxContext: 64 });
  });

  it('needs no answer for a model of the catalogue', async () => {
    looks = () => new Error('no answer');
    const { page } = somePage();
    await chooseHubModel(page, 'distilbert/distilgpt2');
    expect(page.plans.getState().plan).toMatchObject({ model: 'distilbert/distilgpt2', data: 'wikitext-2' });
    expect(page.models.getState().known.get('distilbert/distilgpt2')).toMatchObject({
      parameters: 81_912_576,
    });
  });

  it('shows a failure as a notice and keeps the plan', async () => {
    looks = () => new Error('There is no such model.');
    const { page, notices } = somePage();
    await chooseHubModel(page, 'o/absent');
    expect(notices()).toEqual(['There is no such model.']);
    expect(page.plans.getState().plan.model).toBe('stories260K');
  });

  it('fails at once while offline, unless the model is stored', async () => {
    vi.stubGlobal('navigator', { onLine: false });
    const { page, notices } = somePage();
    await chooseHubModel(page, 'o/n');
    expect(notices()).toEqual(['o/n is not stored here, and this browser is offline.']);
    stored = [whole(1000)];
    looks = () => ({ config: CONFIG, revision: COMMIT, missing: 0 });
    expect(await resolveModel(page, 'o/n')).toBe('o/n');
    expect(page.models.getState().known.get('o/n')).toMatchObject({ bytes: 1000 });
    // The page does not know from which branch a stored commit came.
    expect(await resolveModel(page, 'o/n@main')).toBe(`o/n@${COMMIT}`);
  });
});

it('sends the present token with each request, or none', async () => {
  const { page } = somePage();
  const tokens = () =>
    asked.flatMap((message) =>
      message.type === 'call' && message.kind === 'lookUp' ? [message.params] : [],
    );
  await resolveModel(page, 'o/n@main');
  page.models.setState({ token: 'secret' });
  await resolveModel(page, 'o/other');
  expect(tokens()).toEqual([{ model: 'o/n@main' }, { model: 'o/other', token: 'secret' }]);
  const job = startDownload(page, 'o/other');
  await vi.waitUntil(() => asked.some((message) => message.type === 'call' && message.kind === 'download'));
  expect(asked.at(-1)).toMatchObject({ params: { token: 'secret' } });
  arrived();
  await job;
});

describe('an address', () => {
  it('may name one model of the hub, and not two', async () => {
    const { page } = somePage();
    await openQuery(page, new URLSearchParams('model=o/n@main&codec=nf4&codec=fp4'));
    expect(page.plans.getState().plan).toMatchObject({ model: `o/n@${COMMIT}`, codecs: { length: 2 } });
    const twice = openQuery(page, new URLSearchParams('model=o/n&model=o/other'));
    await expect(twice).rejects.toThrow('The address gives "model" twice.');
  });
});

describe('a download', () => {
  const began = () => asked.some((message) => message.type === 'call' && message.kind === 'download');

  it('needs a confirmation from 20 MB on', async () => {
    const { page } = somePage();
    looks = () => found(CONFIRM_BYTES);
    await startDownload(page, 'o/n');
    expect([page.models.getState().confirming, began()]).toEqual(['o/n', false]);
    declineDownload(page.models);
    expect(page.models.getState()).toMatchObject({ confirming: null, download: null });
    looks = () => found(CONFIRM_BYTES - 1);
    const small = startDownload(page, 'o/n');
    await vi.waitUntil(began);
    arrived();
    await small;
    expect(page.models.getState().confirming).toBeNull();
  });

  it('starts after the confirmation, reports progress and stores the model', async () => {
    const { page } = somePage();
    looks = () => found(2 * CONFIRM_BYTES);
    await startDownload(page, 'o/n');
    const agreed = startDownload(page, 'o/n', true);
    await vi.waitUntil(() => page.models.getState().download?.progress);
    expect(page.models.getState()).toMatchObject({ confirming: null, download: { progress: { loaded: 1 } } });
    stored = [whole(2 * CONFIRM_BYTES)];
    arrived();
    await agreed;
    expect(page.models.getState()).toMatchObject({ download: null, stored: [{ complete: true }] });
  });

  it('checks a model again whose files are all stored but unverified', async () => {
    const { page } = somePage();
    stored = [{ ...whole(1000), complete: false }];
    looks = () => ({ ...found(1000), missing: 0 });
    const checked = startDownload(page, 'o/n');
    await vi.waitUntil(began);
    stored = [whole(1000)];
    arrived();
    await checked;
    expect(page.models.getState()).toMatchObject({ download: null, stored: [{ complete: true }] });
  });

  it('can be stopped while the answer of the hub is on its way', async () => {
    const { page, notices } = somePage();
    looks = () => {
      stopDownload(page);
      return found(1000);
    };
    await startDownload(page, 'o/n');
    expect([began(), page.models.getState().download, notices()]).toEqual([false, null, []]);
  });

  it('does not wait for the permission to store data persistently', async () => {
    vi.stubGlobal('navigator', { onLine: true, storage: { persist: () => new Promise(() => {}) } });
    const { page } = somePage();
    const job = startDownload(page, 'o/n');
    await vi.waitUntil(began);
    stopDownload(page);
    await job;
  });

  it('ends without a notice when it is stopped', async () => {
    const { page, notices } = somePage();
    const job = startDownload(page, 'o/n');
    await vi.waitUntil(began);
    stopDownload(page);
    await job;
    expect(page.models.getState().download).toBeNull();
    expect(notices()).toEqual([]);
  });
});

describe('stored models and files of this device', () => {
  it('closes a model in the lab’s worker before it is deleted', async () => {
    stored = [whole(1000)];
    const { page, forgotten } = somePage();
    await deleteStoredModel(page, stored[0]);
    expect(forgotten).toEqual(['o/n', `o/n@${COMMIT}`]);
    expect(page.models.getState().stored).toEqual([]);
  });

  it('keeps an earlier model if files of the same name cannot be used', async () => {
    const { page, notices } = somePage();
    const folder = (content: string) => [{ path: 'm/config.json', file: new Blob([content]) }];
    const { pick, call: inspect } = vi.mocked(page.client);
    inspect.mockResolvedValueOnce(architectureFor(CONFIG).configure(CONFIG));
    await addFiles(page, folder('good'));
    inspect.mockRejectedValueOnce(new Error('no weights'));
    await addFiles(page, folder('bad'));
    const contents = pick.mock.calls.map(([{ files }]) => files.get('config.json')!.text());
    expect(await Promise.all(contents)).toEqual(['good', 'bad', 'good']);
    expect(notices()[0]).toContain('no weights');
  });

  it('shows a notice for files without a model', async () => {
    const { page, notices } = somePage();
    await addFiles(page, [{ path: 'a.txt', file: new Blob(['a']) }]);
    expect(notices()[0]).toMatch(/no config\.json and no \.gguf file/);
    expect(page.lab.getState().activity).toBeNull();
  });
});
