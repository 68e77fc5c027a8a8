import { useId } from 'react';
import { TRAIN_PARAMETERS } from '../../lab/train/parameters';
import { usePage, useTrain } from '../app/usePage';
import { Term } from '../glossary/Term';
import { trainChoices, trainFieldProblem, TRAIN_LABELS, type FormKey } from './draft';

/** A menu with a longer choice takes two columns. */
const MAX_NARROW_LENGTH = 12;

interface Props {
  model: string;
  name: FormKey;
  /** Value of the parameter while the field is empty. */
  defaultText: string | undefined;
}

/** Edits one parameter, with its label, unit, a button that resets it, and what is wrong with it. */
export function TrainField({ model, name, defaultText }: Props) {
  const id = useId();
  const text = useTrain((s) => s.fields[name]) ?? '';
  const { label, unit, term } = TRAIN_LABELS[name];
  const problem = trainFieldProblem(name, text);
  const isWide = trainChoices(model, name)?.some((choice) => choice.length > MAX_NARROW_LENGTH);
  return (
    <div className={isWide ? 'field wide' : 'field'} title={TRAIN_PARAMETERS[name].help}>
      <label htmlFor={id}>
        <Term id={term}>{label}</Term>
        {unit && <span className="soft"> {unit}</span>}
      </label>
      <TrainInput
        id={id}
        model={model}
        name={name}
        defaultText={defaultText}
        text={text}
        invalid={problem !== undefined}
      />
      {text !== '' && <ResetButton name={name} label={label} />}
      <p id={`${id}-problem`} className="problem">
        {problem && `${problem.message} ${problem.remedy}`}
      </p>
    </div>
  );
}

function TrainInput({ id, model, name, defaultText, text, invalid }: Props & InputProps) {
  const setText = useSetText(name);
  const choices = trainChoices(model, name);
  const props = { id, 'aria-invalid': invalid, 'aria-describedby': `${id}-problem` };
  if (!choices)
    return (
      <input
        {...props}
        inputMode="decimal"
        placeholder={defaultText}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    );
  const selected = text || (defaultText ?? choices[0]);
  return (
    <select {...props} value={selected} onChange={(event) => setText(event.target.value)}>
      {choices.map((choice) => (
        <option key={choice}>{choice}</option>
      ))}
    </select>
  );
}

interface InputProps {
  id: string;
  text: string;
  invalid: boolean;
}

function ResetButton({ name, label }: { name: FormKey; label: string }) {
  const setText = useSetText(name);
  return (
    <button
      type="button"
      className="reset"
      title="Reset to the default"
      aria-label={`Reset ${label}`}
      onClick={() => setText('')}
    >
      ↺
    </button>
  );
}

/** Returns the setter of a field; an empty text restores the default. */
function useSetText(name: FormKey): (text: string) => void {
  const { train } = usePage();
  return (text) =>
    train.setState(({ fields }) => {
      const others = Object.entries(fields).filter(([key]) => key !== name);
      return { fields: Object.fromEntries(text === '' ? others : [...others, [name, text]]) };
    });
}
