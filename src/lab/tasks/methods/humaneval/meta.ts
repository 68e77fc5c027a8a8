import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'humaneval',
  label: 'HumanEval',
  help: 'the share of Python functions whose greedy completion passes its tests (pass@1)',
  dataset: 'humaneval',
  file: 'JSONL with prompt, entry_point and test, as HumanEval has them',
};
export default meta;
