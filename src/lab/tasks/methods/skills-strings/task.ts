import { defineTask } from '../../contract/task';
import { FUNCTION_STOPS, functionExamples, passAtOne, type FunctionExample } from '../../python/programs';

/** One-line functions on strings, described in words (scripts/skills/problems.py), in the form of HumanEval. */
export default defineTask<FunctionExample>({
  kind: 'generation',
  metrics: [{ id: 'pass@1', label: 'pass@1', kind: 'proportion' }],
  maxTokens: 48,
  stop: FUNCTION_STOPS,
  read: functionExamples,
  expected: ({ solution }) => solution,
  prompt: ({ prompt }) => prompt,
  score: passAtOne,
});
