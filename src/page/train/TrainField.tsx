import { useId } from 'react';
import { TRAIN_PARAMETERS } from '../../lab/train/parameters';
import { usePage, useTrain } from '../app/usePage';
import { Term } from '../glossary/Term';
import { trainFieldProblem, WORDS, wordsOf, type FormKey } from './draft';

/** Menus with longer words take two columns. */
const LONG_WORD = 12;

interface Props {
  model: string;
  name: FormKey;
  /** The value while nothing is typed. */
  usual: string | undefined;
}

/** Edits one parameter: shows its label and unit, what is wrong with it, and a way back to its default. */
export function TrainField({ model, name, usual }: Props) {
  const id = useId();
  const text = useTrain((s) => s.fields[name]) ?? '';
  const { label, unit, term } = WORDS[name];
  const problem = trainFieldProblem(name, text);
  const isLong = wordsOf(model, name)?.some((word) => word.length > LONG_WORD);
  return (
    <div className={isLong ? 'field wide' : 'field'} title={TRAIN_PARAMETERS[name].help}>
      <label htmlFor={id}>
        <Term id={term}>{label}</Term>
        {unit && <span className="soft"> {unit}</span>}
      </label>
      <Input id={id} model={model} name={name} usual={usual} text={text} invalid={problem !== undefined} />
      {text !== '' && <Reset name={name} label={label} />}
      <p id={`${id}-problem`} className="problem">
        {problem && `${problem.message} ${problem.remedy}`}
      </p>
    </div>
  );
}

function Input({ id, model, name, usual, text, invalid }: Props & InputProps) {
  const set = useSet(name);
  const words = wordsOf(model, name);
  const props = { id, 'aria-invalid': invalid, 'aria-describedby': `${id}-problem` };
  if (!words)
    return (
      <input
        {...props}
        inputMode="decimal"
        placeholder={usual}
        value={text}
        onChange={(event) => set(event.target.value)}
      />
    );
  const shown = text || (usual ?? words[0]);
  return (
    <select {...props} value={shown} onChange={(event) => set(event.target.value)}>
      {words.map((word) => (
        <option key={word}>{word}</option>
      ))}
    </select>
  );
}

interface InputProps {
  id: string;
  text: string;
  invalid: boolean;
}

function Reset({ name, label }: { name: FormKey; label: string }) {
  const set = useSet(name);
  return (
    <button
      type="button"
      className="reset"
      title="Back to the default"
      aria-label={`Reset ${label}`}
      onClick={() => set('')}
    >
      ↺
    </button>
  );
}

/** Returns the setter of a field; an empty text restores the default. */
function useSet(name: FormKey): (text: string) => void {
  const { train } = usePage();
  return (text) =>
    train.setState(({ fields }) => {
      const others = Object.entries(fields).filter(([key]) => key !== name);
      return { fields: Object.fromEntries(text === '' ? others : [...others, [name, text]]) };
    });
}
