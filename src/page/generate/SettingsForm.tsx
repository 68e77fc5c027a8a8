import type { ReactNode } from 'react';
import { useGeneration, usePage } from '../app/usePage';
import { Term } from '../glossary/Term';
import type { GenerationSettings } from '../store/generation';
import { SETTINGS } from './settings';

export function SettingsForm({ children }: { children: ReactNode }) {
  const { generation } = usePage();
  const settings = useGeneration((s) => s.settings);
  const set = (key: keyof GenerationSettings, value: string): void =>
    generation.setState((s) => ({ settings: { ...s.settings, [key]: value } }));
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
