import type { MouseEvent } from 'react';
import { pageAddress } from '../app/address';
import { usePage, usePlans, useView } from '../app/usePage';
import { showLesson } from './commands';
import { LESSON_IDS, type LessonId } from './lessonIds';
import { LESSONS } from './lessons';
import { LessonView } from './LessonView';
import './learn.css';

/** Shows the list of lessons, and the chosen one. */
export function LearnPanel() {
  const lesson = useView((s) => s.lesson);
  return (
    <section className="panel learn" aria-labelledby="learn-title">
      <h2 id="learn-title">Learn</h2>
      {lesson === null && (
        <p className="soft">
          Eight lessons of five minutes. Each asks for a prediction, shows what was measured, and continues on
          the controls of this page. Figures come from recorded runs, so that no GPU is needed; the plans also
          run on the CPU.
        </p>
      )}
      <LessonList />
      {lesson !== null && <LessonView key={lesson} id={lesson} />}
    </section>
  );
}

function LessonList() {
  const page = usePage();
  const shown = useView((s) => s.lesson);
  // The links hold the plan of the page.
  usePlans((s) => s.plan);
  const follow = (event: MouseEvent, id: LessonId): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    showLesson(page, id);
  };
  return (
    <nav aria-label="Lessons">
      <ol className="lessons">
        {LESSON_IDS.map((id) => (
          <li key={id}>
            <a
              href={pageAddress(page, { view: 'learn', lesson: id })}
              aria-current={id === shown ? 'page' : undefined}
              onClick={(event) => follow(event, id)}
            >
              {LESSONS[id].title}
            </a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
