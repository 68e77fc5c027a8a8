import type { ReactNode } from 'react';
import { usePage, useValues } from '../app/usePage';
import { Term } from '../glossary/Term';
import { setValue } from '../store/values';
import { DEFAULT_SETTINGS, SETTINGS, generationSettings, type GenerationSettings } from './settings';

/** Edits prompt, length and sampling of texts, which all views share. */
export function SettingsForm({ children }: { children?: ReactNode }) {
  const { text } = usePage().values;
  const settings = generationSettings(useValues('text'));
  const set = (key: keyof GenerationSettings, value: string): void =>
    setValue(text, key, value, DEFAULT_SETTINGS[key]);
  return (
    <div className="settings">
      <label className="field prompt">
        <span>Prompt</span>
        <textarea rows={2} value={settings.prompt} onChange={(event) => set('prompt', event.target.value)} />
      </label>
      {children}
      {SETTINGS.map(({ key, label, min, max, step, hint, term }) => (
        <label className="field" key={key}>
          <span>
            <Term id={term}>{label}</Term> <span className="soft">{hint}</span>
          </span>
          <input
            type="number"
            min={min}
            max={max}
            step={step}
            value={settings[key]}
            onChange={(event) => set(key, event.target.value)}
          />
        </label>
      ))}
    </div>
  );
}
