import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'lambada',
  label: 'LAMBADA, the last word',
  help: 'the last word of passages that need their whole context (OpenAI test set)',
  dataset: 'lambada',
  file: 'JSONL with text, a passage of which the last word is asked for',
};
export default meta;
