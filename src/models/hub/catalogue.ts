import type { MeasuredTask } from '../architecture';

/** A model on the hub in the list of the lab. Other models of a known architecture work as well. */
export interface KnownModel {
  /** `owner/name`. */
  id: string;
  label: string;
  architecture: string;
  /** Number of weights; a tied head counts once. */
  parameters: number;
  /** Approximate download size in bytes. The exact size is known from the hub before a download begins. */
  bytes: number;
  task: MeasuredTask;
  /** Maximum window in tokens; only for language models. */
  maxContext?: number;
  /** Id of the data set that is measured by default, if it is not the default of the task. */
  data?: string;
  /** The licence on the model card. */
  licence: string;
  /** Warnings to show next to the name. */
  labels?: readonly string[];
  notes?: string;
}

const MB = 1e6;
const NO_LICENCE = 'none stated on the model card';
const NO_IMAGENET =
  'Trained for the 1,000 classes of ImageNet, which is not among the data sets: it can be compressed and exported, but not scored.';

/** The listed models: language models by size, then image classifiers. Sizes are those of weights and tokenizer on the hub. */
export const hubModels: readonly KnownModel[] = [
  {
    ...{ id: 'sshleifer/tiny-gpt2', label: 'tiny-gpt2 (GPT-2 of width 2)', architecture: 'gpt2' },
    ...{ parameters: 102_714, bytes: 4 * MB, task: 'language-model', maxContext: 1024 },
    licence: NO_LICENCE,
    labels: ['for testing downloads only'],
    notes: 'Untrained: it shows that a download works, but its perplexity is meaningless.',
  },
  {
    ...{ id: 'Xenova/llama2.c-stories15M', label: 'stories15M (Llama, 15 M)', architecture: 'llama' },
    ...{ parameters: 15_191_712, bytes: 63 * MB, task: 'language-model', maxContext: 256 },
    ...{ data: 'tinystories', licence: NO_LICENCE },
    notes: 'Trained on TinyStories; the original weights (karpathy/tinyllamas) are under the MIT licence.',
  },
  {
    ...{ id: 'EleutherAI/pythia-70m', label: 'Pythia 70M (GPT-NeoX)', architecture: 'gpt-neox' },
    ...{ parameters: 70_426_624, bytes: 168 * MB, task: 'language-model', maxContext: 2048 },
    licence: 'Apache-2.0',
  },
  {
    ...{ id: 'distilbert/distilgpt2', label: 'DistilGPT2 (GPT-2, 82 M)', architecture: 'gpt2' },
    ...{ parameters: 81_912_576, bytes: 355 * MB, task: 'language-model', maxContext: 1024 },
    licence: 'Apache-2.0',
  },
  {
    ...{ id: 'openai-community/gpt2', label: 'GPT-2 (124 M)', architecture: 'gpt2' },
    ...{ parameters: 124_439_808, bytes: 550 * MB, task: 'language-model', maxContext: 1024 },
    licence: 'MIT',
  },
  {
    ...{ id: 'facebook/opt-125m', label: 'OPT 125M', architecture: 'opt' },
    ...{ parameters: 125_239_296, bytes: 252 * MB, task: 'language-model', maxContext: 2048 },
    licence: 'OPT licence, non-commercial',
    notes: 'The smallest model of the GPTQ paper: `npm run validate -- opt-125m` repeats its figures.',
  },
  {
    ...{ id: 'HuggingFaceTB/SmolLM2-135M', label: 'SmolLM2 135M (Llama)', architecture: 'llama' },
    ...{ parameters: 134_515_008, bytes: 271 * MB, task: 'language-model', maxContext: 8192 },
    licence: 'Apache-2.0',
  },
  {
    ...{ id: 'Salesforce/codegen-350M-mono', label: 'CodeGen 350M mono', architecture: 'codegen' },
    ...{ parameters: 356_712_448, bytes: 799 * MB, task: 'language-model', maxContext: 2048 },
    licence: 'BSD-3-Clause',
    notes: 'Trained on Python: its perplexity on prose is high.',
  },
  {
    ...{ id: 'Qwen/Qwen3-0.6B', label: 'Qwen3 0.6B', architecture: 'qwen3' },
    ...{ parameters: 596_049_920, bytes: 1515 * MB, task: 'language-model', maxContext: 40_960 },
    licence: 'Apache-2.0',
  },
  {
    ...{ id: 'TinyLlama/TinyLlama-1.1B-Chat-v1.0', label: 'TinyLlama 1.1B chat', architecture: 'llama' },
    ...{ parameters: 1_100_048_384, bytes: 2202 * MB, task: 'language-model', maxContext: 2048 },
    licence: 'Apache-2.0',
  },
  {
    ...{ id: 'EleutherAI/gpt-neo-1.3B', label: 'GPT-Neo 1.3B', architecture: 'gpt-neo' },
    ...{ parameters: 1_315_575_808, bytes: 5314 * MB, task: 'language-model', maxContext: 2048 },
    licence: 'MIT',
  },
  {
    ...{ id: 'microsoft/Phi-3-mini-4k-instruct', label: 'Phi-3 mini 4k (3.8 B)', architecture: 'phi3' },
    ...{ parameters: 3_821_079_552, bytes: 7644 * MB, task: 'language-model', maxContext: 4096 },
    licence: 'MIT',
  },
  {
    ...{
      id: 'nateraw/vit-base-patch16-224-cifar10',
      label: 'ViT base, CIFAR-10 (86 M)',
      architecture: 'vit',
    },
    ...{ parameters: 85_806_346, bytes: 343 * MB, task: 'image-classification', data: 'cifar-10' },
    licence: 'Apache-2.0',
    notes: 'Its input is 224 × 224: images of CIFAR-10 are enlarged bilinearly, as Pillow does.',
  },
  {
    ...{ id: 'google/vit-base-patch16-224', label: 'ViT base, ImageNet (87 M)', architecture: 'vit' },
    ...{ parameters: 86_567_656, bytes: 346 * MB, task: 'image-classification' },
    licence: 'Apache-2.0',
    notes: NO_IMAGENET,
  },
];
