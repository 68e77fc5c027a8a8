import { expect, test } from 'vitest';
import { expectClose } from '../testing/close';
import { ddimStep, ddpmStep, guidedNoise, samplingTimesteps } from './samplers';
import { noiseSchedule, scheduleOf } from './schedule';

// All expected values are computed by hand from the papers' formulas.
const SCHEDULE = { alphaBars: Float64Array.of(0.64, 0.25), clips: true };
const EXACT = { abs: 1e-8 };
const CONFIG = { _class_name: 'DDPMScheduler', num_train_timesteps: 3, beta_start: 0.1, beta_end: 0.3 };

const noNoise = (): number => expect.unreachable('no noise is drawn');
const at = (x: number, epsilon: number, timestep: number) => ({
  ...{ sample: Float64Array.of(x), noise: Float64Array.of(epsilon), timestep, previous: timestep - 1 },
});

test('ᾱ is the product of 1 − β of a linear β', () => {
  expectClose(noiseSchedule(CONFIG).alphaBars, [0.9, 0.72, 0.504], EXACT);
  const { alphaBars } = noiseSchedule({ _class_name: 'DDIMScheduler' });
  expect(alphaBars.length).toBe(1000);
  // The last value of `alphas_cumprod` of diffusers' default schedule.
  expectClose([alphaBars[999]], [4.0358e-5], { abs: 1e-9 });
});

test('time steps have the spacing "leading"', () => {
  expect(samplingTimesteps(noiseSchedule({ _class_name: 'DDPMScheduler' }), 20)).toEqual([
    950, 900, 850, 800, 750, 700, 650, 600, 550, 500, 450, 400, 350, 300, 250, 200, 150, 100, 50, 0,
  ]);
  const ten = noiseSchedule({ ...CONFIG, num_train_timesteps: 10 });
  expect(samplingTimesteps(ten, 3)).toEqual([6, 3, 0]);
  expect(samplingTimesteps(ten, 10)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test.each([0, -1, 2.5, 11, NaN])('%s steps of 10 are refused', (steps) => {
  const ten = noiseSchedule({ ...CONFIG, num_train_timesteps: 10 });
  expect(() => samplingTimesteps(ten, steps)).toThrow(/trained with 10 time steps/);
});

test('a DDIM step goes to √ᾱ · x₀ + √(1 − ᾱ) · ε', () => {
  // x₀ = (0.5 − √0.75 · 0.4) ÷ 0.5 = 0.3071796770; 0.8 · x₀ + 0.6 · 0.4
  expectClose(ddimStep(SCHEDULE, at(0.5, 0.4, 1), noNoise), [0.4857437416], EXACT);
});

test('a DDIM step computes ε again from the clipped x₀', () => {
  // x₀ = 4 is clipped to 1, so ε = (2 − 0.5) ÷ √0.75 = √3; 0.8 + 0.6 · √3
  expectClose(ddimStep(SCHEDULE, at(2, 0, 1), noNoise), [1.8392304845], EXACT);
  // Without clipping ε stays 0: 0.8 · 4
  expectClose(ddimStep({ ...SCHEDULE, clips: false }, at(2, 0, 1), noNoise), [3.2], EXACT);
});

test('the last DDIM step gives x₀', () => {
  expectClose(ddimStep(SCHEDULE, at(0.5, 0.25, 0), noNoise), [0.4375], EXACT);
});

test('a DDPM step has the mean and the variance of the posterior', () => {
  // α = 0.390625; the mean is 0.65 · 1 + 0.3 · 2, the variance 0.48 · 0.609375 = 0.2925.
  expectClose(
    ddpmStep(SCHEDULE, at(2, 0, 1), () => 0),
    [1.25],
    EXACT,
  );
  expectClose(
    ddpmStep(SCHEDULE, at(2, 0, 1), () => -2),
    [1.25 - 2 * Math.sqrt(0.2925)],
    EXACT,
  );
  expectClose(ddpmStep(SCHEDULE, at(0.5, 0.25, 0), noNoise), [0.4375], EXACT);
});

test('guidance moves from the unconditional noise towards and beyond the conditional one', () => {
  const [conditional, unconditional] = [Float64Array.of(1, -2), Float64Array.of(0.5, 1)];
  expect([...guidedNoise(conditional, unconditional, 2)]).toEqual([1.5, -5]);
  expect([...guidedNoise(conditional, unconditional, 0)]).toEqual([0.5, 1]);
});

test.each<[string, object]>([
  ['_class_name', { _class_name: 'EulerDiscreteScheduler' }],
  ['prediction_type', { prediction_type: 'v_prediction' }],
  ['beta_schedule', { beta_schedule: 'squaredcos_cap_v2' }],
  ['num_train_timesteps', { num_train_timesteps: 1 }],
  ['beta_end', { beta_end: 1 }],
  ['timestep_spacing', { timestep_spacing: 'trailing' }],
  ['steps_offset', { steps_offset: 1 }],
  ['clip_sample_range', { clip_sample_range: 2 }],
  ['set_alpha_to_one', { set_alpha_to_one: false }],
  ['thresholding', { thresholding: true }],
  ['trained_betas', { trained_betas: [0.1] }],
  ['rescale_betas_zero_snr', { rescale_betas_zero_snr: true }],
  ['solver_order', { solver_order: 2 }],
])('%s of a scheduler is refused by its name', (field, change) => {
  expect(() => noiseSchedule({ ...CONFIG, ...change })).toThrow(field);
});

test('settings that are off are no obstacle, and a model without a schedule is refused', () => {
  const off = {
    trained_betas: null,
    thresholding: false,
    dynamic_thresholding_ratio: 0.995,
    _diffusers_version: '1',
  };
  expect(noiseSchedule({ ...CONFIG, ...off })).toEqual(noiseSchedule(CONFIG));
  expect(() => scheduleOf(new Map())).toThrow(/no scheduler_config\.json/);
});
