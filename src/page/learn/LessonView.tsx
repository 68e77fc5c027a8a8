import { useEffect, useState } from 'react';
import { describeError } from '../../base/errors';
import { usePage, useView } from '../app/usePage';
import { CopyButton } from '../widgets/CopyButton';
import { classAddress, showLesson } from './commands';
import { FigureTable } from './FigureTable';
import { LESSON_IDS, type LessonId } from './lessonIds';
import { LESSONS } from './lessons';
import { LessonSteps } from './LessonSteps';
import { Prediction } from './Prediction';
import { loadRun, type RecordedRun } from './recordedRun';
import { Worksheet } from './Worksheet';

type Loaded = { run: RecordedRun } | { problem: string } | null;

/** Shows a lesson: the question, and after a prediction what was measured, why, and steps on the controls. */
export function LessonView({ id }: { id: LessonId }) {
  const lesson = LESSONS[id];
  const [loaded, setLoaded] = useState<Loaded>(null);
  const { view } = usePage();
  const predicted = useView((s) => s.predictions[id] ?? null);
  useEffect(() => {
    let current = true;
    loadRun(lesson.run).then(
      (run) => current && setLoaded({ run }),
      (error: unknown) => {
        const { message, remedy } = describeError(error);
        if (current) setLoaded({ problem: `${message} ${remedy}` });
      },
    );
    return () => void (current = false);
  }, [lesson]);
  if (!loaded) return <p className="soft lesson-loading">Loading…</p>;
  if ('problem' in loaded)
    return (
      <p className="problem" role="alert">
        {loaded.problem}
      </p>
    );
  const { run } = loaded;
  const predict = (choice: number): void =>
    view.setState((s) => ({ predictions: { ...s.predictions, [id]: choice } }));
  return (
    <>
      <article className="lesson">
        <header className="panel-head">
          <h3>{lesson.title}</h3>
          <LessonTools id={id} />
        </header>
        <Prediction lesson={lesson} run={run} predicted={predicted} onPredict={predict} />
        {predicted !== null && (
          <>
            <FigureTable run={run} rows={lesson.rows} />
            <h4>Why</h4>
            {lesson.why}
            <h4>On the controls</h4>
            <LessonSteps steps={lesson.steps} />
            <NextLesson id={id} />
          </>
        )}
      </article>
      <Worksheet lesson={lesson} run={run} />
    </>
  );
}

function LessonTools({ id }: { id: LessonId }) {
  const [{ plan }] = LESSONS[id].steps;
  return (
    <div className="tools">
      <CopyButton label="Copy class link" done="Link copied" text={classAddress(id, plan)} />
      <button type="button" className="small" onClick={() => print()}>
        Print the sheet
      </button>
    </div>
  );
}

function NextLesson({ id }: { id: LessonId }) {
  const page = usePage();
  const next = LESSON_IDS[LESSON_IDS.indexOf(id) + 1];
  if (next === undefined) return null;
  return (
    <button type="button" className="small" onClick={() => showLesson(page, next)}>
      Next: {LESSONS[next].title}
    </button>
  );
}
