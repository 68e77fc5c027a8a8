import { describeError, LabError } from '../src/base/errors';
import { Gpu } from '../src/gpu/gpu';
import type { ComputeChoice } from '../src/lab/compute';
import type { Lab } from '../src/lab/lab';
import { measuringLab } from '../src/lab/measuringLab';
import { MemoryRecordStore, type RecordStore } from '../src/lab/results/store';
import { browserName } from '../src/platform/browser/browserName';
import { browserLab } from '../src/platform/browser/lab';
import { PageModels } from '../src/platform/browser/models';
import { openRecordStore } from '../src/platform/browser/recordStore';
import type { LabContext } from './handlers/context';
import { labHandlers } from './handlers/lab';
import type { LabCalls, LabNotes } from './labCalls';
import { serve } from './serve';

/** The worker that owns the GPUDevice. Calls run one after another; after a lost device the next call opens a new one. */

/** URL of the page's folder. The build writes workers to assets/, one level below it. */
const BASE = new URL('..', self.location.href).href;
/** Codes of errors after which a new device is opened. */
const DEVICE_ERRORS: ReadonlySet<string> = new Set(['device-lost', 'gpu']);

const models = new PageModels(BASE);
let lab: Promise<Lab> | undefined;
let store: Promise<RecordStore> | undefined;
let compute: ComputeChoice = 'auto';
let hidden = false;
/** Whether the tab has been hidden during the present call. */
let wasHidden = false;

serve<LabCalls, LabNotes, LabContext>(self, labHandlers, {
  order: 'queue',
  context: async () => {
    const opened = await openLab();
    wasHidden = hidden;
    return {
      lab: opened,
      measuringLab: (signal) => measuringLab(opened, compute, loadRuntime, signal),
      modelFiles: (name) => models.files(name),
      records,
    };
  },
  notes: {
    compute(choice) {
      compute = choice;
    },
    hidden(now) {
      hidden = now;
      wasHidden ||= hidden;
    },
    pick: (model) => models.pick(model),
    pickExamples: ({ id, file }) => void models.examples.set(id, file),
    forget: (model) => models.forget(model),
  },
  onError: (error) => {
    if (DEVICE_ERRORS.has(describeError(error).code)) closeLab();
  },
});

function openLab(): Promise<Lab> {
  lab ??= createLab();
  lab.catch(() => (lab = undefined));
  return lab;
}

function closeLab(): void {
  lab?.then(({ gpu }) => gpu?.destroy()).catch(() => undefined);
  lab = undefined;
}

async function createLab(): Promise<Lab> {
  if (!self.isSecureContext)
    throw new LabError(
      'insecure-context',
      'Browsers offer WebGPU only to pages opened over https or from localhost.',
      'Open this page over https, or on the machine that serves it at http://localhost.',
    );
  return browserLab(await openGpu(), models, BASE, browserName(navigator), () => wasHidden);
}

/** Opens the adapter. @returns undefined if the browser has no WebGPU or no adapter, and the CPU computes */
async function openGpu(): Promise<Gpu | undefined> {
  if (!navigator.gpu) return undefined;
  const completion = /Firefox\//.test(navigator.userAgent) ? 'timer' : 'event';
  try {
    return await Gpu.open(navigator.gpu, { completion });
  } catch (error) {
    if (describeError(error).code === 'no-webgpu') return undefined;
    throw error;
  }
}

async function loadRuntime() {
  const { webRuntime } = await import('../src/platform/browser/onnxRuntime');
  return webRuntime();
}

/** Opens the browser's records. If its storage is blocked, records are kept in memory, and the page can still export them. */
function records(): Promise<RecordStore> {
  store ??= openRecordStore().catch(() => new MemoryRecordStore());
  return store;
}
