import { useId, type ReactNode } from 'react';
import { DECISION_PARAMETERS, DEFAULT_INCREASE, type DecisionKey } from '../../lab/decide/parameters';
import type { LabRecord } from '../../lab/results/record';
import { usePage, useValues } from '../app/usePage';
import { setValue } from '../store/values';
import { decisionFields, decisionProblem, pricesOf, withPrice } from './draft';

/** Edits limits, preference and prices. */
export function DecisionForm({ task }: { task: LabRecord['quality']['task'] }) {
  const values = useValues('decide');
  return (
    <div className="decision-form">
      <div className="option-grid">
        <PreferenceField />
        {decisionFields(task, values).map(({ key, label, unit }) => (
          <NumberField key={key} name={key} label={label} unit={unit} />
        ))}
        <HardwareField />
      </div>
      <PriceTable />
    </div>
  );
}

function Field({
  id,
  label,
  unit,
  children,
}: {
  id: string;
  label: string;
  unit?: string;
  children: ReactNode;
}) {
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {unit && <span className="soft"> {unit}</span>}
      </label>
      {children}
    </div>
  );
}

function NumberField({ name, label, unit }: { name: DecisionKey; label: string; unit: string }) {
  const { decide } = usePage().values;
  const text = useValues('decide')[name];
  const id = useId();
  const problem = decisionProblem(name, text);
  return (
    <Field id={id} label={label} unit={unit}>
      <input
        id={id}
        inputMode="decimal"
        value={text ?? ''}
        placeholder={name === 'max-increase' ? String(DEFAULT_INCREASE) : ''}
        aria-invalid={problem !== undefined}
        onChange={(event) => setValue(decide, name, event.target.value.trim())}
      />
    </Field>
  );
}

const PREFERENCE_NAMES = { bytes: 'the smallest', price: 'the cheapest', speed: 'the fastest' };

function PreferenceField() {
  const { decide } = usePage().values;
  const text = useValues('decide').prefer ?? 'bytes';
  const id = useId();
  return (
    <Field id={id} label="Prefer">
      <select
        id={id}
        value={text}
        onChange={(event) =>
          setValue(decide, 'prefer', event.target.value === 'bytes' ? '' : event.target.value)
        }
      >
        {Object.entries(PREFERENCE_NAMES).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}

function HardwareField() {
  const { decide } = usePage().values;
  const values = useValues('decide');
  const id = useId();
  const names = pricesOf(values).map((row) => row.id);
  const { hardware = '' } = values;
  const known = names.find((name) => name.toLowerCase() === hardware.toLowerCase()) ?? hardware;
  return (
    <Field id={id} label="Hardware" unit="for prices">
      <select id={id} value={known} onChange={(event) => setValue(decide, 'hardware', event.target.value)}>
        {['', ...new Set([...names, known])]
          .filter((name, i) => i === 0 || name !== '')
          .map((name) => (
            <option key={name} value={name}>
              {name === '' ? 'none' : name}
            </option>
          ))}
      </select>
    </Field>
  );
}

/** Edits the prices of an hour, which are written into the address where they differ from the table. */
function PriceTable() {
  const { decide } = usePage().values;
  const values = useValues('decide');
  return (
    <details className="prices">
      <summary>Prices of an hour in US dollars</summary>
      <div className="price-grid">
        {pricesOf(values).map(({ id, pricePerHour }) => (
          <label className="field" key={id}>
            <span>{id}</span>
            <input
              type="number"
              min={0}
              step="any"
              defaultValue={pricePerHour}
              onChange={(event) => {
                // An empty or unfinished number is no price yet.
                if (event.target.value === '' || decisionProblem('max-price', event.target.value)) return;
                setValue(decide, 'prices', withPrice(values, id, event.target.value));
              }}
            />
          </label>
        ))}
      </div>
      <p className="soft">{DECISION_PARAMETERS.prices.help}.</p>
    </details>
  );
}
