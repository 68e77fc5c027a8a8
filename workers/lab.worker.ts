import { Cancelled, describeError, LabError } from '../src/base/errors';
import { Gpu } from '../src/gpu/gpu';
import { estimatePlan } from '../src/lab/estimate/planTime';
import { generateText } from '../src/lab/generate/text';
import type { Lab } from '../src/lab/lab';
import { runPlan } from '../src/lab/run/run';
import { MemoryRecordStore, type RecordStore } from '../src/lab/results/store';
import { openRecordStore } from '../src/platform/browser/recordStore';
import { browserLab } from '../src/platform/browser/lab';
import { browserName } from '../src/platform/browser/browserName';
import { PageModels } from '../src/platform/browser/models';
import type { LabRequest, LabResponse, TrainMessage } from './protocol';

/**
 * The one owner of the GPUDevice. Requests run one after another; Stop aborts the one with its id, whether it runs or
 * waits. After a lost device the next request opens a fresh one.
 */
type Work = Exclude<Extract<LabRequest, { id: number }>, { type: 'stop' }>;

/** The page's folder: the build puts workers into assets/, one level below it. */
const BASE = new URL('..', self.location.href).href;
const models = new PageModels(BASE);

const pending = new Map<number, AbortController>();
let queue: Promise<void> = Promise.resolve();
let lab: Promise<Lab> | undefined;
let store: Promise<RecordStore> | undefined;
let hidden = false;
let wasHidden = false;

self.onmessage = ({ data }: MessageEvent<LabRequest>) => {
  switch (data.type) {
    case 'open':
      return void enqueue(open, null);
    case 'stop':
      return pending.get(data.id)?.abort();
    case 'visibility':
      hidden = data.hidden;
      wasHidden ||= hidden;
      return;
    case 'pick':
      return models.pick(data.model);
    case 'forget':
      return models.forget(data.model);
    default:
      return accept(data);
  }
};

function post(message: LabResponse): void {
  self.postMessage(message);
}

function accept(request: Work): void {
  const controller = new AbortController();
  // An estimate answers a question about settings; anything newer makes it worthless.
  for (const [id, other] of pending) if (estimates.has(id)) other.abort();
  if (request.type === 'estimate') estimates.add(request.id);
  pending.set(request.id, controller);
  void enqueue(() => perform(request, controller.signal), request.id);
}

const estimates = new Set<number>();
/** After these the device is not to be trusted: the next request opens a fresh one. */
const RENEWS: ReadonlySet<string> = new Set(['device-lost', 'gpu']);

function closeLab(): void {
  lab?.then(({ gpu }) => gpu.destroy()).catch(() => undefined);
  lab = undefined;
}

function enqueue(work: () => Promise<void>, id: number | null): Promise<void> {
  queue = queue.then(async () => {
    try {
      await work();
    } catch (error) {
      if (error instanceof Cancelled && id !== null) post({ type: 'stopped', id });
      else post({ type: 'error', id, ...describeError(error) });
      if (RENEWS.has(describeError(error).code)) closeLab();
    } finally {
      if (id !== null) pending.delete(id);
      if (id !== null) estimates.delete(id);
    }
  });
  return queue;
}

async function open(): Promise<void> {
  const { gpu } = await openLab();
  post({
    type: 'opened',
    device: { info: gpu.info, features: gpu.features, maxBindingBytes: gpu.maxBindingBytes },
  });
}

function openLab(): Promise<Lab> {
  lab ??= createLab();
  lab.catch(() => (lab = undefined));
  return lab;
}

async function createLab(): Promise<Lab> {
  if (!self.isSecureContext)
    throw new LabError(
      'insecure-context',
      'Browsers offer WebGPU only to pages opened over https or from localhost.',
      'Open this page over https, or on the machine that serves it at http://localhost.',
    );
  if (!navigator.gpu)
    throw new LabError(
      'no-webgpu',
      'This browser offers no WebGPU.',
      'Use a current Chrome, Edge, Safari or Firefox; the recorded examples below need none.',
    );
  const completion = /Firefox\//.test(navigator.userAgent) ? 'timer' : 'event';
  const gpu = await Gpu.open(navigator.gpu, { completion });
  return browserLab(gpu, models, BASE, browserName(navigator), () => wasHidden);
}

async function perform(request: Work, signal: AbortSignal): Promise<void> {
  const ready = await openLab();
  if (signal.aborted) throw new Cancelled();
  switch (request.type) {
    case 'run':
      return run(ready, request, signal);
    case 'generate':
      return generateFor(ready, request, signal);
    case 'benchmark':
      return benchmark(ready, request.id, signal);
    case 'verify':
      return verify(ready, request, signal);
    case 'make':
      return make(ready, request, signal);
    case 'train':
      return train(ready, request, signal);
    case 'estimate':
      return estimate(ready, request, signal);
    case 'inspect':
      return inspect(ready, request, signal);
  }
}

async function run(
  ready: Lab,
  { id, plan }: Extract<Work, { type: 'run' }>,
  signal: AbortSignal,
): Promise<void> {
  wasHidden = hidden;
  const records = await openStore();
  for await (const event of runPlan(ready, plan, { signal, store: records }))
    post({ type: 'event', id, event });
}

/** Records live in the browser; where its storage is blocked they live as long as the page, which can still export. */
function openStore(): Promise<RecordStore> {
  store ??= openRecordStore().catch(() => new MemoryRecordStore());
  return store;
}

async function generateFor(
  ready: Lab,
  { id, request }: Extract<Work, { type: 'generate' }>,
  signal: AbortSignal,
): Promise<void> {
  const result = await generateText(ready, request, (text) => post({ type: 'token', id, text }), signal);
  post({ type: 'generated', id, ...result });
}

async function estimate(
  ready: Lab,
  { id, plan }: Extract<Work, { type: 'estimate' }>,
  signal: AbortSignal,
): Promise<void> {
  post({ type: 'estimated', id, estimateMs: await estimatePlan(ready, plan, signal) });
}

async function inspect(
  ready: Lab,
  { id, model }: Extract<Work, { type: 'inspect' }>,
  signal: AbortSignal,
): Promise<void> {
  const { shape } = await ready.openModel(model, signal);
  post({ type: 'inspected', id, shape });
}

/** The benchmark and its peer are large and rarely wanted: loaded when asked for. */
async function benchmark(ready: Lab, id: number, signal: AbortSignal): Promise<void> {
  const { pageBenchmark } = await import('./handlers/benchmark');
  const rows = await pageBenchmark(ready, signal, (progress) =>
    post({ type: 'event', id, event: { type: 'progress', progress } }),
  );
  post({ type: 'benchmarked', id, rows });
}

/** So are the programs that check us. */
async function verify(
  ready: Lab,
  { id, record }: Extract<Work, { type: 'verify' }>,
  signal: AbortSignal,
): Promise<void> {
  const { pageVerification } = await import('./handlers/crossCheck');
  const say = (step: string): void => post({ type: 'verifying', id, step });
  const verified = await pageVerification(ready, record, await openStore(), signal, say);
  post({ type: 'verified', id, record: verified });
}

/** And the writers of files. */
async function make(
  ready: Lab,
  { id, record, format }: Extract<Work, { type: 'make' }>,
  signal: AbortSignal,
): Promise<void> {
  const { pageDownload } = await import('./handlers/recordFile');
  const say = (step: string): void => post({ type: 'making', id, step });
  post({ type: 'made', id, file: await pageDownload(ready, record, format, signal, say) });
}

/** Training and its kernels are large and rarely wanted too. */
async function train(
  lab: Lab,
  { id, request }: Extract<Work, { type: 'train' }>,
  signal: AbortSignal,
): Promise<void> {
  wasHidden = hidden;
  const { pageTraining } = await import('./handlers/training');
  const tell = (message: TrainMessage): void => post({ type: 'training', id, message });
  await pageTraining(request, { lab, store: await openStore(), signal, tell });
}
