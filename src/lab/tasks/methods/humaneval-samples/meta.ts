import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'humaneval-samples',
  label: 'HumanEval, 20 samples',
  help: 'HumanEval with 20 answers drawn at temperature 0.8 (pass@1 and pass@10, unbiased)',
  dataset: 'humaneval',
  file: 'JSONL with prompt, entry_point and test, as HumanEval has them',
};
export default meta;
