import { useId } from 'react';
import { taskMetas } from '../../lab/tasks/contract/registry';
import { usePage, usePlans } from '../app/usePage';
import { Term } from '../glossary/Term';
import { setField } from '../store/plan';

/** Tasks whose data ships with the page. */
const OFFERED = [...taskMetas.values()].filter(({ dataset }) => dataset !== undefined);

/** Chooses the tasks that each codec is asked beside the perplexity. */
export function TaskChoice() {
  const { plans } = usePage();
  const id = useId();
  const text = usePlans((s) => s.draft.fields.tasks) ?? '';
  const chosen = text.split(/[,;]/).filter((task) => task.trim() !== '');
  const toggle = (task: string) =>
    setField(
      plans,
      'tasks',
      (chosen.includes(task) ? chosen.filter((other) => other !== task) : [...chosen, task]).join(','),
    );
  return (
    <div className="field wide" role="group" aria-labelledby={id}>
      <span id={id}>
        <Term id="tasks">Tasks</Term>
      </span>
      {OFFERED.map((task) => (
        <label key={task.id} title={task.help}>
          <input type="checkbox" checked={chosen.includes(task.id)} onChange={() => toggle(task.id)} />{' '}
          {task.label}
        </label>
      ))}
    </div>
  );
}
