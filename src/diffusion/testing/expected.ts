import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { folderFiles } from '../../platform/node/folder';
import { floatsOf, readTensors } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { fixture } from '../../testing/fixtures';
import type { Denoiser } from '../denoiser';
import { sampleImages } from '../sample';
import { scheduleOf } from '../schedule';

/** The documented bounds on the difference from PyTorch, which computes in float32. */
const OUTPUT = { abs: 1e-4 };
const IMAGES = { abs: 1e-3 };
/** The run of PyTorch whose states are in the fixture. */
const RUN = { sampler: 'ddim', steps: 20, guidance: 2 } as const;

const expected = readTensors(fixture('diffusion/dit-fashion-mnist.safetensors'));
const floats = (name: string) => floatsOf(expected.get(name)!);

/** Loads the embedded diffusion model. */
export function loadDit(): Promise<Model> {
  return loadModel(folderFiles('public/models/dit-fashion-mnist'));
}

/** Expects that a denoiser of the embedded model predicts the noise that PyTorch does. */
export async function expectOutput(denoiser: Denoiser): Promise<void> {
  const images = { pixels: floats('sample'), timesteps: floats('timestep'), labels: floats('class_labels') };
  expectClose(await denoiser.predict({ ...images, count: 4 }), floats('output'), OUTPUT);
}

/** Expects that the images of a DDIM run with guidance pass through the states of PyTorch. */
export async function expectTrajectory(denoiser: Denoiser, model: Model): Promise<void> {
  const requests = Array.from(floats('ddim_labels'), (label) => ({ label, seed: 0 }));
  const states: Float64Array[] = [];
  await sampleImages(denoiser, scheduleOf(model.assets), requests, RUN, {
    start: Float64Array.from(floats('ddim_noise')),
    onStep: (_, sample) => states.push(sample),
  });
  expectClose(states[0], floats('ddim_after_1'), IMAGES);
  expectClose(states[9], floats('ddim_after_10'), IMAGES);
  expectClose(states[19], floats('ddim_final'), IMAGES);
}
