import { count } from '../lab/format';
import { EMBEDDED_MODELS } from '../lab/presets';
import { embeddedModels } from '../models/embedded';

/** How an embedded model introduces itself in the picker. */
export interface ModelCard {
  id: string;
  /** Architecture and number of parameters: "Llama · 260 K". */
  what: string;
  task: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { llama: 'Llama', gpt2: 'GPT-2', vit: 'ViT' };

export const MODEL_CARDS: readonly ModelCard[] = embeddedModels.map(
  ({ id, architecture, parameters, task }) => ({
    id,
    what: `${ARCHITECTURES[architecture] ?? architecture} · ${count(parameters)}`,
    task: task === 'language-model' ? 'text' : 'images',
  }),
);

export function isLanguageModel(id: string): boolean {
  return EMBEDDED_MODELS.get(id) === 'language-model';
}
