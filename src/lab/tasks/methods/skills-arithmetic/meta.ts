import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'skills-arithmetic',
  label: 'Sums in words',
  help: 'the share of sums of two-digit numbers in words that are answered exactly',
  dataset: 'skills-arithmetic',
  file: 'JSONL with prompt and answer, which the model’s line has to equal',
};
export default meta;
