import { usePage } from '../app/usePage';
import { tryPlan } from './commands';
import type { LessonStep } from './lesson';

/** Lists the steps of a lesson; those with a plan have a link that loads it. */
export function LessonSteps({ steps }: { steps: readonly LessonStep[] }) {
  const page = usePage();
  return (
    <ol className="lesson-steps">
      {steps.map(({ text, plan }) => (
        <li key={text}>
          {text}{' '}
          {plan !== undefined && (
            <a
              href={`?${plan}`}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
                event.preventDefault();
                tryPlan(page, plan);
              }}
            >
              Try it
            </a>
          )}
        </li>
      ))}
    </ol>
  );
}
