interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  values: readonly T[];
  choose: (value: T) => void;
}

/** A labelled menu of words. */
export function Choice<T extends string>({ label, value, values, choose }: ChoiceProps<T>) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.target.value as T)}>
        {values.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}
