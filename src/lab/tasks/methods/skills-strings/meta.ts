import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'skills-strings',
  label: 'String functions',
  help: 'the share of one-line Python functions on strings that pass their tests',
  dataset: 'skills-strings',
};
export default meta;
