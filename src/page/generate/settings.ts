import { LabError } from '../../base/errors';
import type { Values } from '../store/values';

/** The settings of text generation as typed; they are checked when generation starts. */
export interface GenerationSettings {
  prompt: string;
  tokens: string;
  temperature: string;
  'top-k': string;
  seed: string;
}

export const DEFAULT_SETTINGS: Readonly<GenerationSettings> = {
  prompt: 'Once upon a time, there was a little',
  tokens: '80',
  temperature: '0',
  'top-k': '0',
  seed: '1',
};

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
  { key: 'tokens', label: 'Tokens', min: 1, max: 512, step: 1, hint: 'at most' },
  {
    key: 'temperature',
    label: 'Temperature',
    min: 0,
    max: 5,
    step: 0.1,
    hint: '0 = greedy',
    term: 'temperature',
  },
  { key: 'top-k', label: 'Top-k', min: 0, max: 1000, step: 1, hint: '0 = all', term: 'top-k' },
  { key: 'seed', label: 'Seed', min: 0, max: 4_294_967_295, step: 1, hint: 'same for both', term: 'seed' },
];

/** Returns the settings as typed: those of the address, and the defaults of the others. */
export function generationSettings(values: Values): GenerationSettings {
  return { ...DEFAULT_SETTINGS, ...values };
}

/** What a text is drawn with. */
export interface DrawSettings {
  prompt: string;
  maxTokens: number;
  temperature: number;
  topK: number;
  drawSeed: number;
}

/**
 * Parses the settings.
 * @throws LabError bad-input that names the field, or bad-plan for a setting that there is none of
 */
export function parseSettings(values: Values): DrawSettings {
  const unknown = Object.keys(values).find((key) => !(key in DEFAULT_SETTINGS));
  if (unknown !== undefined)
    throw new LabError(
      'bad-plan',
      `A text has no setting "${unknown.slice(0, 40)}".`,
      `Known: ${Object.keys(DEFAULT_SETTINGS).join(', ')}.`,
    );
  const settings = generationSettings(values);
  const [maxTokens, temperature, topK, drawSeed] = SETTINGS.map(({ key, label, min, max, step }) => {
    const value = Number(settings[key]);
    const whole = step === 1;
    if (settings[key].trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value)))
      throw new LabError(
        'bad-input',
        `${label} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${settings[key].slice(0, 20)}".`,
        'Correct it, then generate again.',
      );
    return value;
  });
  if (settings.prompt.length > 10_000)
    throw new LabError('bad-input', 'The prompt is longer than 10,000 characters.', 'Shorten it.');
  return { prompt: settings.prompt, maxTokens, temperature, topK, drawSeed };
}
