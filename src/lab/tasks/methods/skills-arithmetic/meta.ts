import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'skills-arithmetic',
  label: 'Sums in words',
  help: 'the share of sums of two-digit numbers in words that are answered exactly; the model "skills" learnt them',
  dataset: 'skills-arithmetic',
  file: 'JSONL with prompt and answer, which one line has to equal',
};
export default meta;
