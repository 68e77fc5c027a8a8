import { useId, useState } from 'react';
import { needsBase } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import { bitsOf, draftOfCodec, withOption } from '../plan/codecText';
import { codecProblem, newCodec, type CodecDraft } from '../plan/draft';
import { ProblemText } from '../widgets/ProblemText';
import { CodecForm } from './CodecForm';
import { CodecMenu } from './CodecMenu';
import './codecChoice.css';

interface CodecChoiceProps {
  label: string;
  /** The codec's spelling. */
  value: string;
  onChange: (value: string) => void;
}

/** Chooses a codec by menu, its bits by a slider, and its other options by a form. An option that is wrong is not passed on. */
export function CodecChoice({ label, value, onChange }: CodecChoiceProps) {
  const [typed, setTyped] = useState<{ of: string; draft: CodecDraft } | null>(null);
  const unfinished = typed?.of === value ? typed.draft : null;
  const read = draftOfCodec(value);
  const draft = unfinished ?? ('draft' in read ? read.draft : undefined);
  const problem = unfinished ? codecProblem(unfinished) : 'problem' in read ? read.problem : undefined;
  const change = (next: CodecDraft): void => {
    const isWrong = codecProblem(next) !== undefined;
    setTyped(isWrong ? { of: value, draft: next } : null);
    if (!isWrong) onChange(formatCodec(next));
  };
  return (
    <fieldset className="codec-choice">
      <legend>{label}</legend>
      <select
        aria-label={`Codec ${label.toLowerCase()}`}
        value={draft?.id ?? ''}
        onChange={(event) => change(newCodec(event.target.value, 1))}
      >
        {!draft && <option value="">Choose a codec…</option>}
        <CodecMenu filter={(meta) => !needsBase({ id: meta.id, options: {} })} />
      </select>
      {draft && <BitsSlider draft={draft} onChange={change} />}
      {draft && (
        <details>
          <summary>
            <code>{formatCodec(draft)}</code>
          </summary>
          <CodecForm codec={draft} onChange={change} />
        </details>
      )}
      {problem && <ProblemText problem={problem} />}
    </fieldset>
  );
}

/** Slides over the bits that the codec allows. */
function BitsSlider({ draft, onChange }: { draft: CodecDraft; onChange: (draft: CodecDraft) => void }) {
  const id = useId();
  const bits = bitsOf(draft);
  if (!bits) return <p className="soft bits-slider">No bits to choose</p>;
  const { choices, value } = bits;
  const at = choices.indexOf(value);
  return (
    <div className="bits-slider">
      <label htmlFor={id}>Bits</label>
      <input
        id={id}
        type="range"
        min={0}
        max={choices.length - 1}
        value={at}
        aria-valuetext={`${value} bits`}
        onChange={(event) => onChange(withOption(draft, 'bits', choices[Number(event.target.value)]))}
      />
      <output htmlFor={id}>{value}</output>
    </div>
  );
}
