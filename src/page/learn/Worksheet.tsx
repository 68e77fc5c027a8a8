import { FigureTable } from './FigureTable';
import type { Lesson } from './lesson';
import type { RecordedRun } from './recordedRun';

/** The lesson on paper: a page for the class with room to write, and a page with the answers. It is only printed. */
export function Worksheet({ lesson, run }: { lesson: Lesson; run: RecordedRun }) {
  return (
    <div className="worksheet" aria-hidden="true">
      <section>
        <h3>{lesson.title}</h3>
        <p className="write">Name</p>
        <h4>Predict</h4>
        <p>{lesson.question(run)}</p>
        <ul>
          {lesson.choices.map((choice) => (
            <li key={choice}>☐ {choice}</li>
          ))}
        </ul>
        <p className="write">Because</p>
        <h4>Measure</h4>
        <ol>
          {lesson.steps.map(({ text }) => (
            <li key={text}>{text}</li>
          ))}
        </ol>
        <FigureTable run={run} rows={lesson.rows} blank />
        <p className="write">What surprised you?</p>
      </section>
      <section>
        <h3>{lesson.title}: answers</h3>
        <p>
          <strong>{lesson.choices[lesson.answer(run)]}.</strong> {lesson.finding(run)}
        </p>
        <FigureTable run={run} rows={lesson.rows} />
        {lesson.why}
        <p className="soft">
          Recorded by Bitcurve {__VERSION__}; your device may differ within the intervals.
        </p>
      </section>
    </div>
  );
}
