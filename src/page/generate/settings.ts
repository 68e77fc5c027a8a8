import { LabError } from '../../base/errors';
import type { GenerationSettings } from '../store/generation';

export type SettingKey = Exclude<keyof GenerationSettings, 'prompt'>;

/** The number fields of the form, in order, with their labels and ranges. */
export const SETTINGS: readonly {
  key: SettingKey;
  label: string;
  min: number;
  max: number;
  step: number;
  hint: string;
  term?: string;
}[] = [
  { key: 'maxTokens', label: 'Tokens', min: 1, max: 512, step: 1, hint: 'at most' },
  {
    key: 'temperature',
    label: 'Temperature',
    min: 0,
    max: 5,
    step: 0.1,
    hint: '0 = greedy',
    term: 'temperature',
  },
  { key: 'topK', label: 'Top-k', min: 0, max: 1000, step: 1, hint: '0 = all', term: 'top-k' },
  { key: 'seed', label: 'Seed', min: 0, max: 4_294_967_295, step: 1, hint: 'same for both', term: 'seed' },
];

/**
 * Parses the settings.
 * @throws LabError bad-input that names the field
 */
export function parseSettings(settings: GenerationSettings): Record<SettingKey, number> & { prompt: string } {
  const numbers = SETTINGS.map(({ key, label, min, max, step }) => {
    const value = Number(settings[key]);
    const whole = step === 1;
    if (settings[key].trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
      throw new LabError(
        'bad-input',
        `${label} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${settings[key].slice(0, 20)}".`,
        'Correct it, then generate again.',
      );
    return [key, value];
  });
  if (settings.prompt.length > 10_000)
    throw new LabError('bad-input', 'The prompt is longer than 10,000 characters.', 'Shorten it.');
  return { ...(Object.fromEntries(numbers) as Record<SettingKey, number>), prompt: settings.prompt };
}

/** Returns the index of the first token in which two texts differ, or Infinity while one is a prefix of the other. */
export function divergence(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return i;
  return Infinity;
}
