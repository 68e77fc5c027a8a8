import type { TaskMeta } from '../../contract/task';

const meta: TaskMeta = {
  id: 'choice',
  label: 'Multiple choice by likelihood',
  help: 'the choice that the model finds most likely, without an example (ARC, HellaSwag and others)',
  file: 'JSONL with context, choices and answer, the index of the right choice from 0',
};
export default meta;
