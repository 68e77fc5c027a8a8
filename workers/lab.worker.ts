import { describeError, LabError } from '../src/base/errors';
import { openDevice, type OpenedDevice } from '../src/gpu/device';
import type { ComputeChoice } from '../src/lab/compute';
import type { Lab } from '../src/lab/lab';
import { MemoryRecordStore, type RecordStore } from '../src/lab/results/store';
import { PageModels } from '../src/platform/browser/models';
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
let device: Promise<OpenedDevice | undefined> | undefined;
let lab: Promise<Lab> | undefined;
let store: Promise<RecordStore> | undefined;
let compute: ComputeChoice = 'auto';
let hidden = false;
/** Whether the tab has been hidden during the present call. */
let wasHidden = false;

serve<LabCalls, LabNotes, LabContext>(self, labHandlers, {
  order: 'queue',
  context: async () => {
    // The device line of the page needs the device alone; the kernels arrive meanwhile.
    openLab().catch(() => undefined);
    const opened = await openedDevice();
    wasHidden = hidden;
    return { device: opened, openLab, measuringLab, modelFiles: (name) => models.files(name), records };
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
    if (DEVICE_ERRORS.has(describeError(error).code)) closeDevice();
  },
});

function openedDevice(): Promise<OpenedDevice | undefined> {
  device ??= requestDevice();
  device.catch(() => (device = undefined));
  return device;
}

/** Opens the adapter. @returns undefined if the browser has no WebGPU or no adapter, and the CPU computes */
async function requestDevice(): Promise<OpenedDevice | undefined> {
  if (!self.isSecureContext)
    throw new LabError(
      'insecure-context',
      'Browsers offer WebGPU only to pages opened over https or from localhost.',
      'Open this page over https, or on the machine that serves it at http://localhost.',
    );
  if (!navigator.gpu) return undefined;
  try {
    return await openDevice(navigator.gpu);
  } catch (error) {
    if (describeError(error).code === 'no-webgpu') return undefined;
    throw error;
  }
}

function closeDevice(): void {
  device?.then((opened) => opened?.device.destroy()).catch(() => undefined);
  device = undefined;
  lab = undefined;
}

function openLab(): Promise<Lab> {
  lab ??= createLab();
  lab.catch(() => (lab = undefined));
  return lab;
}

async function createLab(): Promise<Lab> {
  const loading = import('./openLab');
  const [opened, { labOn }] = await Promise.all([openedDevice(), loading]);
  return labOn(opened, models, BASE, () => wasHidden);
}

async function measuringLab(signal: AbortSignal): Promise<Lab> {
  const { measuringLab: labFor } = await import('../src/lab/measuringLab');
  return labFor(await openLab(), compute, loadRuntime, signal);
}

async function loadRuntime() {
  const { webRuntime } = await import('../src/platform/browser/onnxRuntime');
  return webRuntime();
}

/** Opens the browser's records. If its storage is blocked, records are kept in memory, and the page can still export them. */
function records(): Promise<RecordStore> {
  store ??= openRecords().catch(() => new MemoryRecordStore());
  return store;
}

async function openRecords(): Promise<RecordStore> {
  const { openRecordStore } = await import('../src/platform/browser/recordStore');
  return openRecordStore();
}
