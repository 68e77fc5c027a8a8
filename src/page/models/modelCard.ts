import { count } from '../../base/format';
import { embeddedModels } from '../../models/embedded';
import type { PageModel } from '../store/models';

/** The texts that the picker shows for a model. */
export interface ModelCard {
  id: string;
  /** Architecture and number of parameters, such as "Llama · 260 K". */
  description: string;
  task: string;
}

/** Names of the architectures by id (src/models/architectures). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  llama: 'Llama',
  gpt2: 'GPT-2',
  vit: 'ViT',
  opt: 'OPT',
  'gpt-neo': 'GPT-Neo',
  'gpt-neox': 'GPT-NeoX',
  codegen: 'CodeGen',
  qwen3: 'Qwen3',
  phi3: 'Phi-3',
};

/** The texts of the embedded models. */
export const MODEL_CARDS: readonly ModelCard[] = embeddedModels.map(cardOf);

/** Returns the texts of a model. */
export function cardOf({
  id,
  architecture,
  parameters,
  task,
}: Pick<PageModel, 'id' | 'architecture' | 'parameters' | 'task'>): ModelCard {
  return {
    id,
    description: `${ARCHITECTURES[architecture] ?? architecture} · ${count(parameters)}`,
    task: task === 'language-model' ? 'text' : 'images',
  };
}
