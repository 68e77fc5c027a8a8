import { useId } from 'react';
import type { OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { Term } from '../glossary/Term';

interface Props {
  option: OptionSpec;
  value: OptionValue;
  onChange: (value: OptionValue) => void;
}

/** Edits one option of a codec, with its label, unit and a button that resets it. */
export function OptionField({ option, value, onChange }: Props) {
  const id = useId();
  const unit = option.kind !== 'boolean' && option.unit ? option.unit : '';
  const changed = value !== option.default;
  return (
    <div className="field">
      <label htmlFor={id}>
        <Term id={option.term}>{option.label}</Term>
        {unit && <span className="soft"> {unit}</span>}
      </label>
      <OptionInput id={id} option={option} value={value} onChange={onChange} />
      {changed && (
        <button
          type="button"
          className="reset"
          title={`Reset to ${String(option.default)}`}
          aria-label={`Reset ${option.label} to ${String(option.default)}`}
          onClick={() => onChange(option.default)}
        >
          ↺
        </button>
      )}
    </div>
  );
}

function OptionInput({ id, option, value, onChange }: Props & { id: string }) {
  if (option.kind === 'boolean')
    return (
      <input id={id} type="checkbox" checked={value === true} onChange={(e) => onChange(e.target.checked)} />
    );
  const choices = option.kind === 'choice' ? option.values : option.values?.map(String);
  if (choices)
    return (
      <select
        id={id}
        value={String(value)}
        onChange={(e) => onChange(option.kind === 'choice' ? e.target.value : Number(e.target.value))}
      >
        {choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  if (option.kind === 'choice') return null;
  return (
    <input
      id={id}
      type="number"
      min={option.min}
      max={option.max}
      step={option.step ?? (option.kind === 'integer' ? 1 : 'any')}
      value={String(value)}
      onChange={(e) => onChange(e.target.value === '' ? '' : Number(e.target.value))}
    />
  );
}
