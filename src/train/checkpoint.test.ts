import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { parseSafetensors } from '../formats/safetensors/read';
import { writeSafetensors } from '../formats/safetensors/write';
import {
  checkResume,
  parseCheckpoint,
  writeCheckpoint,
  type CheckpointHead,
  type TrainingState,
} from './checkpoint';
import type { StateTensor } from './parameters';
import { tinyOptions } from './testing/tiny';

const HEAD: CheckpointHead = {
  step: 4,
  options: tinyOptions({
    qat: { rule: 'twn', group: 64, estimator: 'clipped', scale: 'statistic', stochastic: true },
  }),
  data: { name: 'text', sha256: 'aa', augmentation: 'flipped and moved' },
  model: { architecture: 'gpt2', sha256: 'bb' },
};
const TENSORS = [
  { name: 'weight/a', shape: [2, 3] as const, values: Float32Array.of(1, -2, 0.1, 1e-40, -0, 3e38) },
  { name: 'square/a', shape: [2, 3] as const, values: Float32Array.of(0, 1, 2, 3, 4, 5) },
];
const STATES = TENSORS.map(({ name, shape }): StateTensor => ({
  name,
  shape,
  nonNegative: name.startsWith('square'),
  buffer: {} as GPUBuffer,
}));
const { bytes: FILE } = writeCheckpoint(HEAD, TENSORS);

function failure(work: () => unknown): LabError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.fail('accepted');
}

/** The file with other metadata. */
function withMetadata(text: string | undefined): Uint8Array {
  const { tensors } = parseSafetensors(FILE);
  return writeSafetensors(
    [...tensors].map(([name, tensor]) => ({ name, ...tensor })),
    text === undefined ? { other: 'x' } : { 'bitcurve.training': text },
  );
}

const headJson = (change: object) => JSON.stringify({ version: 1, ...HEAD, ...change });

test('a checkpoint is read back bit for bit', () => {
  const { tensors, ...head } = parseCheckpoint({ bytes: FILE });
  expect(head).toEqual(HEAD);
  for (const { name, shape, values } of TENSORS) {
    expect(tensors.get(name)!.shape).toEqual(shape);
    expect(new Uint32Array(tensors.get(name)!.values.slice().buffer)).toEqual(
      new Uint32Array(values.slice().buffer),
    );
  }
  expect(() => checkResume(parseCheckpoint({ bytes: FILE }), HEAD, STATES)).not.toThrow();
  const renamed = { ...HEAD, data: { ...HEAD.data, name: 'the same, renamed' } };
  expect(() => checkResume(parseCheckpoint({ bytes: FILE }), renamed, STATES)).not.toThrow();
});

describe('files that are not checkpoints', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['another safetensors file', withMetadata(undefined), /no "bitcurve\.training" entry/],
    ['no JSON', withMetadata('{'), /not JSON/],
    ['another version', withMetadata(headJson({ version: 2 })), /field version/],
    ['a step beyond the end', withMetadata(headJson({ step: 7 })), /step 7 of 6/],
    ['a negative step', withMetadata(headJson({ step: -1 })), /field step/],
    [
      'an option out of range',
      withMetadata(headJson({ options: { ...HEAD.options, batch: 0 } })),
      /options\.batch/,
    ],
    [
      'contradictory options',
      withMetadata(headJson({ options: { ...HEAD.options, microBatch: 3 } })),
      /does not divide/,
    ],
    ['a truncated file', FILE.slice(0, -5), /safetensors/],
    [
      'another type',
      writeSafetensors([{ name: 'weight/a', dtype: 'F16', shape: [1], bytes: new Uint8Array(2) }], {
        'bitcurve.training': headJson({}),
      }),
      /weight\/a is F16/,
    ],
    [
      'NaN',
      writeCheckpoint(HEAD, [{ name: 'weight/a', shape: [1, 1], values: Float32Array.of(NaN) }]).bytes,
      /weight\/a is NaN/,
    ],
  ])('%s', (_name, bytes, message) => {
    const { code, message: sentence, remedy } = failure(() => parseCheckpoint({ bytes }));
    expect(['bad-file', 'bad-plan', 'not-finite']).toContain(code);
    expect(sentence).toMatch(message);
    expect(remedy.length).toBeGreaterThan(0);
  });

  test('random metadata gives an error or a valid state', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('step', 'options', 'data', 'model'), (json, key) => {
        failure(() => parseCheckpoint({ bytes: withMetadata(json) }));
        const change = { [key]: JSON.parse(json) as unknown };
        try {
          parseCheckpoint({ bytes: withMetadata(headJson(change)) });
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
    );
  });
});

describe('checkpoints of another run', () => {
  const state = parseCheckpoint({ bytes: FILE });
  const change = (tensors: [string, { shape: number[]; values: Float32Array }][]): TrainingState => ({
    ...state,
    tensors: new Map([...state.tensors, ...tensors]),
  });
  const values = new Float32Array(6).fill(-1);

  test.each<[string, TrainingState, string, RegExp]>([
    [
      'other weights',
      { ...state, model: { ...HEAD.model, sha256: 'cc' } },
      'bad-plan',
      /began with other weights/,
    ],
    ['other data', { ...state, data: { name: 'x', sha256: 'cc' } }, 'bad-plan', /other contents than text/],
    [
      'data without augmentation',
      { ...state, data: { name: 'text', sha256: 'aa' } },
      'bad-plan',
      /saw the data "as they are", this run sees them "flipped and moved"/,
    ],
    [
      'data with another augmentation',
      { ...state, data: { ...HEAD.data, augmentation: 'rotated' } },
      'bad-plan',
      /saw the data "rotated", this run/,
    ],
    [
      'another option',
      { ...state, options: { ...HEAD.options, betas: [0.9, 0.5] } },
      'bad-plan',
      /has betas\.1 = 0\.5, this run 0\.99/,
    ],
    [
      'without quantisation',
      { ...state, options: { ...HEAD.options, qat: undefined } },
      'bad-plan',
      /has qat\.rule = nothing, this run "twn"/,
    ],
    [
      'a missing tensor',
      { ...state, tensors: new Map([...state.tensors].slice(1)) },
      'bad-file',
      /lacks the tensor/,
    ],
    [
      'an additional tensor',
      change([['weight/b', { shape: [2, 3], values }]]),
      'bad-file',
      /"weight\/b" is not part/,
    ],
    [
      'another shape',
      change([['weight/a', { shape: [3, 2], values }]]),
      'bad-file',
      /\[3, 2\], not \[2, 3\]/,
    ],
    [
      'negative squares',
      change([['square/a', { shape: [2, 3], values }]]),
      'bad-file',
      /negative mean of squares/,
    ],
  ])('%s', (_name, other, code, message) => {
    const error = failure(() => checkResume(other, HEAD, STATES));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
