import { EMBEDDED_MODELS } from '../lab/presets';

/** How an embedded model introduces itself in the picker. */
export interface ModelCard {
  id: string;
  /** Architecture and number of parameters: "Llama · 260 K". */
  what: string;
  task: string;
}

const KNOWN: Readonly<Record<string, string>> = {
  stories260K: 'Llama · 260 K',
  'gpt2-tinystories': 'GPT-2 · 3.75 M',
  'vit-cifar10': 'ViT · 1.21 M',
};

export const MODEL_CARDS: readonly ModelCard[] = [...EMBEDDED_MODELS].map(([id, task]) => ({
  id,
  what: KNOWN[id] ?? '',
  task: task === 'language-model' ? 'text' : 'images',
}));

export function isLanguageModel(id: string): boolean {
  return EMBEDDED_MODELS.get(id) === 'language-model';
}
