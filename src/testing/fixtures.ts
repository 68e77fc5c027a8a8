import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Architectures whose tiny checkpoints in fixtures/arch Hugging Face transformers made, with its logits beside them. */
export const LANGUAGE_FIXTURES = [
  ...['gpt2', 'gpt2-width2', 'llama-gqa', 'opt', 'gpt-neo', 'codegen', 'gpt-neox', 'qwen3', 'phi3'],
] as const;

/** Path of a file or folder in fixtures/, whose README says what each is and where it comes from. */
export function fixture(path: string): string {
  return ROOT + path;
}

/**
 * Path of a file or folder that is too large for the repository, in the folder that BITCURVE_FIXTURES names; undefined where
 * the variable is unset or its folder lacks it. Tests use `describeLarge`, which says so.
 */
export function largeFixture(path: string): string | undefined {
  const folder = process.env.BITCURVE_FIXTURES;
  const found = folder && resolve(folder, path);
  return found && existsSync(found) ? found : undefined;
}
