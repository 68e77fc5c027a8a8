import { pickExamples, type PickedFile } from '../../models/load/pickedFiles';
import { loadTask } from '../../lab/tasks/contract/registry';
import { showError } from '../app/activity';
import type { Page } from '../app/page';
import { setField } from '../store/plan';

/** The tasks of the editor's plan, as plans spell them. */
export function chosenTasks(text: string | undefined): string[] {
  return (text ?? '').split(/[,;]/).filter((task) => task.trim() !== '');
}

/** Adds a task to the editor's plan, or takes it out. */
export function toggleTask({ plans }: Page, task: string): void {
  const chosen = chosenTasks(plans.getState().draft.fields.tasks);
  const others = chosen.filter((other) => other !== task);
  setField(plans, 'tasks', (others.length < chosen.length ? others : [...chosen, task]).join(','));
}

/** Reads a file of this device as examples of a task and adds it to the plan, or shows which line of it is at fault. */
export async function addExamples(page: Page, task: string, picked: PickedFile): Promise<void> {
  const examples = pickExamples(picked);
  try {
    const { textFromFile } = await import('../../data/datasets');
    const bytes = new Uint8Array(await picked.file.arrayBuffer());
    const { text } = await textFromFile(picked.path, bytes);
    (await loadTask(task)).read({ name: picked.path, text });
  } catch (error) {
    showError(page, error, 'Own examples');
    return;
  }
  page.client.pickExamples(examples);
  page.models.setState((state) => ({ examples: new Set([...state.examples, examples.id]) }));
  const spelled = `${task}:${examples.id}`;
  const chosen = chosenTasks(page.plans.getState().draft.fields.tasks);
  if (!chosen.includes(spelled)) toggleTask(page, spelled);
}
