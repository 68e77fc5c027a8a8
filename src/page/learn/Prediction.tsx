import { useState } from 'react';
import type { Lesson } from './lesson';
import type { RecordedRun } from './recordedRun';

interface Props {
  lesson: Lesson;
  run: RecordedRun;
  /** The choice that was made; null until then. */
  predicted: number | null;
  onPredict: (choice: number) => void;
}

/** Asks for a prediction, and then says what was measured. */
export function Prediction({ lesson, run, predicted, onPredict }: Props) {
  const [chosen, setChosen] = useState<number | null>(null);
  const right = lesson.answer(run);
  const done = predicted !== null;
  return (
    <>
      <p className="lesson-question" id="lesson-question">
        {lesson.question(run)}
      </p>
      <fieldset className="lesson-choices" aria-labelledby="lesson-question" disabled={done}>
        {lesson.choices.map((choice, i) => (
          <label key={choice} className={done && i === right ? 'choice right' : 'choice'}>
            <input type="radio" name="prediction" checked={chosen === i} onChange={() => setChosen(i)} />
            <span>{choice}</span>
            {done && i === right && <strong>✓ measured</strong>}
            {done && i === predicted && i !== right && <span className="soft">your prediction</span>}
          </label>
        ))}
      </fieldset>
      {done ? (
        <p className="lesson-finding" role="status">
          <strong>{predicted === right ? 'As you predicted.' : 'Not as you predicted.'}</strong>{' '}
          {lesson.finding(run)}
        </p>
      ) : (
        <button
          type="button"
          className="primary"
          disabled={chosen === null}
          onClick={() => chosen !== null && onPredict(chosen)}
        >
          Reveal
        </button>
      )}
    </>
  );
}
