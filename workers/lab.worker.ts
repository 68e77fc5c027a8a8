import { describeError, LabError } from '../src/base/errors';
import { Gpu } from '../src/gpu/gpu';
import { measuresOnCpu, type ComputeChoice } from '../src/lab/compute';
import type { Lab } from '../src/lab/lab';
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
    return { lab: opened, measuringLab: () => measuringLab(opened), records };
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
  lab?.then(({ gpu }) => gpu.destroy()).catch(() => undefined);
  lab = undefined;
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
      'This browser has no WebGPU.',
      'Use a current Chrome, Edge, Safari or Firefox. The recorded examples below work without it.',
    );
  const completion = /Firefox\//.test(navigator.userAgent) ? 'timer' : 'event';
  const gpu = await Gpu.open(navigator.gpu, { completion });
  return browserLab(gpu, models, BASE, browserName(navigator), () => wasHidden);
}

/** Returns the lab that measures. If ONNX Runtime cannot be loaded, `auto` measures on the software adapter. */
async function measuringLab(opened: Lab): Promise<Lab> {
  if (!measuresOnCpu(compute, opened.gpu)) return opened;
  const { webRuntime } = await import('../src/platform/browser/onnxRuntime');
  const cpu = compute === 'auto' ? await webRuntime().catch(() => undefined) : await webRuntime();
  return { ...opened, cpu };
}

/** Opens the browser's records. If its storage is blocked, records are kept in memory, and the page can still export them. */
function records(): Promise<RecordStore> {
  store ??= openRecordStore().catch(() => new MemoryRecordStore());
  return store;
}
