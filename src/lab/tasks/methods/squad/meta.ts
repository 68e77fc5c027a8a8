import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'squad',
  label: 'SQuAD 1.1, answers from a paragraph',
  help: 'greedy answers to questions on a paragraph (one article of the development set ships)',
  dataset: 'squad',
  file: 'JSON of SQuAD 1.1, such as dev-v1.1.json',
};
export default meta;
