/** The classes of the published classifier, from short prompts to long ones. */
export type PromptClass = 'simple' | 'moderate' | 'complex' | 'extreme';

/** Sparse changed the thresholds of its classifier; `later` is the revision d86b27b of 27 December 2025. */
export const CLASSIFIER_REVISIONS = ['later', 'earlier'] as const;
export type ClassifierRevision = (typeof CLASSIFIER_REVISIONS)[number];

/** The lengths that the classifier sees. It calls the words of the prompt tokens. */
export interface PromptLengths {
  /** Words of the prompt. */
  prompt: number;
  /** Limit on generated tokens. */
  maxTokens: number;
  /** Tokens of the context, such as the conversation so far. */
  context: number;
}

/** The limit on generated tokens where nobody sets one. */
export const DEFAULT_MAX_TOKENS = 100;

/** Counts the words of a prompt, separated by white space, as the published classifier does. */
export function countWords(prompt: string): number {
  return prompt.split(/\s+/).filter(Boolean).length;
}

/** Classifies a prompt by its length alone, as the router of Sparse does. It does not look at what the prompt asks. */
export function classifyPrompt(lengths: PromptLengths, revision: ClassifierRevision = 'later'): PromptClass {
  return revision === 'later' ? classifyLater(lengths) : classifyEarlier(lengths);
}

function classifyLater({ prompt, maxTokens, context }: PromptLengths): PromptClass {
  const total = prompt + maxTokens + context;
  if ((prompt <= 10 && maxTokens <= 20) || (total < 50 && maxTokens < 30)) return 'simple';
  if (total < 150) return 'moderate';
  return total < 1000 ? 'complex' : 'extreme';
}

function classifyEarlier({ prompt, maxTokens, context }: PromptLengths): PromptClass {
  const total = prompt + maxTokens + context;
  if (total < 100 && maxTokens < 50) return 'simple';
  if (total < 500 && maxTokens < 200) return 'moderate';
  return total < 2000 ? 'complex' : 'extreme';
}
