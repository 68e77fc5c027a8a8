import { expect, test } from 'vitest';
import type { Denoiser } from '../../diffusion/denoiser';
import { noiseErrors } from './noise';

test('the error of noise is relative, by step and over all steps', async () => {
  const asked = (timestep: number) => ({
    ...{ pixels: new Float32Array(4), count: 2 },
    ...{ timesteps: [timestep, timestep], labels: [0, 1] },
  });
  const denoiser = {
    predict: ({ timesteps }: { timesteps: ArrayLike<number> }) =>
      Promise.resolve(timesteps[0] === 9 ? Float64Array.of(2, 0, 0, 2) : Float64Array.of(1, 1, 1, 2)),
  } as unknown as Denoiser;
  const probe = [
    { asked: asked(9), noise: Float64Array.of(1, 0, 0, 2) },
    { asked: asked(0), noise: Float64Array.of(1, 1, 1, 1) },
  ];
  const { relative, steps } = await noiseErrors(denoiser, probe);
  // Errors of 1 in 1² + 2², and of 1 in 4 · 1².
  expect(steps).toEqual([
    { timestep: 9, relative: 1 / 5 },
    { timestep: 0, relative: 1 / 4 },
  ]);
  expect(relative!.value).toBeCloseTo(2 / 9, 12);
});
