import { expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { readJson } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { fixture } from '../testing/fixtures';
import { stepsOf } from './program';
import { architectureFor } from './registry';
import { rotaryFrequencies } from './rotary';

/** A config.json with the frequencies that transformers computes for it at some lengths, or its exception. */
interface Case {
  config: Record<string, unknown>;
  runs?: readonly { length: number; frequencies: readonly number[]; scale: number }[];
  error?: string;
}
const cases = readJson(fixture('rope/frequencies.json')) as Case[];

/** transformers computes frequencies in float32, from powers whose exponents are rounded as well. */
const FLOAT32 = { abs: 0, rel: 5e-6 };

const spelling = ({ config }: Case) => {
  const { model_type, rope_scaling, rope_parameters } = config;
  return `${String(model_type)} ${JSON.stringify({ rope_scaling, rope_parameters })}`;
};

test.each(cases.filter((c) => c.runs).map((c) => [spelling(c), c] as const))(
  'the frequencies are those of transformers: %s',
  (_, { config, runs = [] }) => {
    const steps = stepsOf(architectureFor(config).configure(config).program, 'rotary');
    expect(steps.length).toBe(4);
    for (const step of steps)
      for (const { length, frequencies, scale } of runs) {
        const ours = rotaryFrequencies(step, length);
        expectClose(ours.frequencies, frequencies, FLOAT32);
        expectClose([ours.magnitude], [scale], FLOAT32);
      }
  },
);

/** transformers 5 refuses this older name of LongRoPE where the length of pretraining stands beside the settings; version 4 did not. */
const isOlderName = ({ config }: Case) =>
  [config.rope_scaling, config.rope_parameters].some(
    (given) => (given as { type?: unknown } | undefined)?.type === 'su',
  );

test.each(cases.filter((c) => c.error && !isOlderName(c)).map((c) => [spelling(c), c] as const))(
  'what transformers refuses is refused: %s',
  (_, { config }) => {
    expect(() => architectureFor(config).configure(config)).toThrow(LabError);
  },
);
