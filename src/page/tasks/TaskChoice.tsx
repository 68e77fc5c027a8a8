import { useId, useState } from 'react';
import { taskMetas } from '../../lab/tasks/contract/registry';
import type { TaskMeta } from '../../lab/tasks/contract/task';
import { usePage, usePlans } from '../app/usePage';
import { Term } from '../glossary/Term';
import { Picker } from '../models/LocalFiles';
import { addExamples, chosenTasks, toggleTask } from './commands';
import './tasks.css';

const METAS = [...taskMetas.values()];
/** Tasks whose data ships with the page. */
const SHIPPED = METAS.filter(({ dataset }) => dataset !== undefined);
/** Tasks that read files, and the form of those files. */
const OF_FILES = METAS.filter((meta): meta is TaskMeta & { file: string } => meta.file !== undefined);

/** Chooses the tasks that each codec is asked beside the perplexity. */
export function TaskChoice() {
  const page = usePage();
  const id = useId();
  const chosen = chosenTasks(usePlans((s) => s.draft.fields.tasks));
  const own = useOwnTasks(chosen);
  const offered = [...SHIPPED, ...own];
  return (
    <div className="field wide" role="group" aria-labelledby={id}>
      <span id={id}>
        <Term id="tasks">Tasks</Term>
      </span>
      {offered.map((task) => (
        <label key={task.id} title={task.help}>
          <input
            type="checkbox"
            checked={chosen.includes(task.id)}
            onChange={() => toggleTask(page, task.id)}
          />{' '}
          {task.label}
        </label>
      ))}
      <OwnExamples />
    </div>
  );
}

/** Lists the tasks with files of this device that were in the plan during this visit of the editor. */
function useOwnTasks(chosen: readonly string[]): Pick<TaskMeta, 'id' | 'label' | 'help'>[] {
  const [seen, setSeen] = useState<readonly string[]>([]);
  const added = chosen.filter((task) => task.includes(':') && !seen.includes(task));
  if (added.length > 0) setSeen([...seen, ...added]);
  return seen.flatMap((id) => {
    const meta = taskMetas.get(id.slice(0, id.indexOf(':')));
    return meta ? [{ id, label: `${meta.label}: ${id.slice(id.indexOf(':') + 1)}`, help: meta.help }] : [];
  });
}

/** Adds a file of this device as the examples of a task. */
function OwnExamples() {
  const page = usePage();
  const id = useId();
  const [task, setTask] = useState(OF_FILES[0].id);
  return (
    <div className="own-examples">
      <label htmlFor={id}>Own examples</label>
      <select
        id={id}
        value={task}
        aria-describedby={`${id}-form`}
        onChange={(event) => setTask(event.target.value)}
      >
        {OF_FILES.map((meta) => (
          <option key={meta.id} value={meta.id}>
            {meta.label}
          </option>
        ))}
      </select>
      <Picker label="Add a file…" disabled={false} onPick={([file]) => void addExamples(page, task, file)} />
      <p id={`${id}-form`} className="soft">
        {taskMetas.get(task)!.file}
      </p>
    </div>
  );
}
