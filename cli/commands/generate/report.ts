import type { SampledText } from '../../../src/lab/generate/samples';

/** Writes the texts of each prompt and seed one below the other, the baseline's first. */
export function textsReport(texts: readonly SampledText[]): string {
  const groups = new Map<string, SampledText[]>();
  for (const text of texts) {
    const key = JSON.stringify([text.prompt, text.seed]);
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  return [...groups.values()].map(groupReport).join('\n');
}

function groupReport(texts: readonly SampledText[]): string {
  const [{ prompt, seed }] = texts;
  const lines = texts.map(({ codec, text }) => `\n${codec}:\n${indented(prompt + text)}\n`);
  return `── ${JSON.stringify(prompt)}, seed ${seed}\n${lines.join('')}`;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}
