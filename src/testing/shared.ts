import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Fixtures and larger models beside the repository; tests that read them skip with a clear line when absent. */
export const hasShared = existsSync(ROOT);

/** Architectures whose tiny checkpoints in fixtures/arch Hugging Face transformers made, with its logits beside them. */
export const LANGUAGE_FIXTURES = [
  ...['gpt2', 'gpt2-width2', 'llama-gqa', 'opt', 'gpt-neo', 'codegen', 'gpt-neox', 'qwen3', 'phi3'],
] as const;

/** Path of a file in ../shared, relative to the repository root. */
export function sharedPath(relative: string): string {
  return ROOT + relative;
}
