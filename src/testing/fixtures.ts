import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Language models in fixtures/arch: tiny checkpoints that Hugging Face transformers made, with its logits. */
export const LANGUAGE_FIXTURES = [
  ...['gpt2', 'gpt2-width2', 'llama-gqa', 'opt', 'gpt-neo', 'codegen', 'gpt-neox', 'qwen3', 'phi3'],
] as const;

/** Returns the path of a file or folder in fixtures/; its README describes them and their sources. */
export function fixture(path: string): string {
  return ROOT + path;
}

/**
 * Returns the path of a file or folder that is too large for the repository, in the folder BITCURVE_FIXTURES; undefined if the
 * variable is unset or the folder lacks it. Tests use `describeLarge`, which reports that.
 */
export function largeFixture(path: string): string | undefined {
  const folder = process.env.BITCURVE_FIXTURES;
  const found = folder && resolve(folder, path);
  return found && existsSync(found) ? found : undefined;
}
