/**
 * The contract of an architecture: its tensors and its forward pass, both as data. An architecture calls no kernels and
 * allocates no buffers; executors interpret its program to run it (src/runtime), to differentiate it (src/train) or to
 * export it (src/bench). Each architecture is one file of architectures/.
 */

import type { RotaryAngles } from './rotary';

/** The role of a tensor in the model, which decides whether a scope of compression covers it. */
export type TensorRole =
  | 'attention'
  | 'mlp'
  | 'embedding'
  | 'head'
  | 'position'
  | 'patch'
  | 'classifier'
  | 'conditioning'
  | 'norm'
  | 'bias'
  | 'class-token';

/** The description of one tensor of a model. */
export interface TensorSpec {
  /** Its name in Hugging Face transformers, such as `transformer.h.0.attn.c_attn.weight`. */
  name: string;
  /** Its shape in the checkpoint. */
  shape: readonly number[];
  /** Its shape as a canonical matrix [out, in]; vectors are [1, n]. */
  matrix: readonly [number, number];
  role: TensorRole;
  /** The index of its block; undefined outside the blocks. */
  block?: number;
  /** Whether the checkpoint stores it as [in, out], as GPT-2's Conv1D does. */
  transposed?: boolean;
  /**
   * Canonical row r is row rowOrder[r] of the checkpoint; if absent, rows are in checkpoint order. Layers that interleave
   * queries, keys and values (GPT-NeoX, per head) have it; their canonical order is all queries, then all keys, then all
   * values. It does not occur with `transposed`.
   */
  rowOrder?: Uint32Array;
}

/** A named activation [tokens, width], or a range of its columns. */
export interface Value {
  name: string;
  /** The first column of the range; absent for the whole activation. */
  column?: number;
  /** The number of columns of the range, or of the whole activation. */
  width: number;
  /** Whether it has one row for each sequence, such as the time of an image, instead of one for each token. */
  perSequence?: true;
}

/** One operation of a forward pass; t counts tokens, W is [out, in]. */
export type Step =
  /** out[t] = table[id[t]] */
  | { op: 'embed'; table: string; out: Value }
  /** out[t] += table[offset + position(t)]; offset is 0 by default and 2 for OPT, whose table begins with two unused rows. */
  | { op: 'addPositions'; table: string; out: Value; offset?: number }
  /** out[s] = table[label of sequence s] */
  | { op: 'embedLabels'; table: string; out: Value }
  /** out[s] = the sinusoids of the time step of sequence s, as `timeFeatures` (sinusoids.ts) defines them. */
  | { op: 'timeFeatures'; out: Value }
  /** out[t] += the sinusoids of the place of patch t in a square of `across` × `across`, as `gridPositions` defines them. */
  | { op: 'addGridPositions'; across: number; out: Value }
  /** Embeds an image [channels, size, size]: out[0] = classToken if there is one, then a row patch p · Wᵀ + b for each p. */
  | {
      op: 'patches';
      weight: string;
      bias: string;
      classToken?: string;
      patch: number;
      channels: number;
      size: number;
      out: Value;
    }
  /** Flattens an image [channels, size, size] into one row of pixels. */
  | { op: 'pixels'; out: Value }
  | { op: 'layerNorm'; input: Value; weight: string; bias: string; epsilon: number; out: Value }
  /**
   * Adaptive layer norm (Peebles and Xie 2023): out = (input − mean) ÷ √(variance + ε) · (1 + scale) + shift, with one scale and
   * one shift per sequence.
   */
  | { op: 'adaptiveNorm'; input: Value; shift: Value; scale: Value; epsilon: number; out: Value }
  /** With `heads`, normalises that many equal column ranges separately, all with one weight (Qwen3's queries and keys). */
  | { op: 'rmsNorm'; input: Value; weight: string; epsilon: number; out: Value; heads?: number }
  /** out = input · Wᵀ + b */
  | { op: 'linear'; input: Value; weight: string; bias?: string; out: Value }
  /**
   * Applies rotary position embedding (Su et al. 2021) in place to the first `rotaryDim` columns of every head, by default
   * all. It rotates the pairs (i, i + rotaryDim/2), as Hugging Face's `rotate_half` does, or, if `interleaved`, the
   * neighbours (2i, 2i + 1), as GPT-J does.
   */
  | ({ op: 'rotary'; value: Value; heads: number; interleaved?: boolean } & RotaryAngles)
  | {
      op: 'attention';
      query: Value;
      key: Value;
      value: Value;
      out: Value;
      heads: number;
      keyValueHeads: number;
      headWidth: number;
      causal: boolean;
      scale: number;
      /** Size of a sliding window: a causal query sees its own key and the window − 1 before it. Absent: all keys before it. */
      window?: number;
      /** Index of this attention layer in the program, which identifies its KV cache. */
      layer: number;
    }
  /** GELU in place; `tanh` is GPT-2's approximation gelu_new, `erf` the exact form. */
  | { op: 'gelu'; value: Value; form: 'tanh' | 'erf' }
  /** value · sigmoid(value) in place. */
  | { op: 'silu'; value: Value }
  /** max(value, 0) in place. */
  | { op: 'relu'; value: Value }
  /** out = silu(gate) · up; out replaces the gate, and both may be columns of one value. */
  | { op: 'siluGate'; gate: Value; up: Value; out: Value }
  /** out += input */
  | { op: 'add'; input: Value; out: Value }
  /** out += gate · input, with one gate per sequence */
  | { op: 'gatedAdd'; input: Value; gate: Value; out: Value };

/** The step type of one operation. */
export type StepOf<Name extends Step['op']> = Extract<Step, { op: Name }>;

/** The sizes and the mask of an attention step, without its values. */
export type AttentionShape = Pick<
  StepOf<'attention'>,
  'heads' | 'keyValueHeads' | 'headWidth' | 'causal' | 'scale' | 'window'
>;

/** An executor: one method per operation. */
export type Ops = { [Name in Step['op']]: (step: StepOf<Name>) => Promise<void> | void };

/** A forward pass. */
export interface Program {
  /** Steps before the blocks. */
  prologue: readonly Step[];
  /** The steps of each transformer block. */
  blocks: readonly (readonly Step[])[];
  /** Steps after the blocks up to and including the final norm; the result is `hidden`. */
  epilogue: readonly Step[];
  hidden: Value;
  /**
   * The head: logits = hidden · Wᵀ (+ b). A classifier of images uses only row 0 of each image, the class token; a diffusion
   * model has a row of predicted values for every patch.
   */
  head: { weight: string; bias?: string; outputs: number };
}

/** A configured architecture: everything about a model except the values of its weights. */
export interface ModelShape {
  architecture: string;
  task: 'language-model' | 'image-classification' | 'image-diffusion';
  tensors: readonly TensorSpec[];
  program: Program;
  /** Maximum sequence length (learned positions) or length of the training context (rotary positions), in tokens. */
  maxContext: number;
  /** Width of the residual stream. */
  width: number;
  /** Maximum width of any activation except the logits. */
  maxWidth: number;
  /** Number of tokens in the vocabulary, or of classes. */
  vocabulary: number;
  /** Width of the keys (and of the values) of each attention layer, for the KV cache; empty for images. */
  cacheWidths: readonly number[];
  image?: { size: number; channels: number; tokens: number };
  /** What a diffusion model is told beside its noisy image, and the patches that it predicts. */
  diffusion?: {
    /** The number of classes; the label `classes` means none. */
    classes: number;
    /** Side of a patch in pixels. */
    patch: number;
    /** Channels of the prediction, of which the first are the noise; the others, if any, are its variance. */
    outputChannels: number;
  };
  /** Whether `head.weight` is the embedding table itself. */
  tiedHead: boolean;
  /** Number of weights; tied tensors count once. */
  parameters: number;
}

/** What a diffusion model is told about each of its images. */
export interface Conditions {
  /** The time step of each image. */
  timesteps: ArrayLike<number>;
  /** The class of each image; the number of classes means none. */
  labels: ArrayLike<number>;
}

/** What a model does that data can measure: it predicts tokens or classifies images. */
export type MeasuredTask = Exclude<ModelShape['task'], 'image-diffusion'>;

/** An architecture that can be configured from config.json. */
export interface Architecture {
  id: string;
  /** The values of `model_type`, or of diffusers' `_class_name`, in config.json that this architecture accepts. */
  modelTypes: readonly string[];
  /** Prefix of tensor names that checkpoints may omit, such as `transformer.`. */
  prefix: string;
  /**
   * Validates config.json and makes the tensors and the program of the model.
   * @throws LabError unsupported with the field that is invalid or not implemented
   */
  configure(config: Readonly<Record<string, unknown>>): ModelShape;
}

/** Runs the steps in order on an executor. */
export async function interpret(steps: readonly Step[], ops: Ops): Promise<void> {
  for (const step of steps) await (ops[step.op] as (s: Step) => Promise<void> | void)(step);
}

/** The roles that the scope `linear` covers. */
export const LINEAR_ROLES: ReadonlySet<TensorRole> = new Set(['attention', 'mlp', 'conditioning']);
/** The roles that the scope `all` covers: all matrices. */
export const ALL_ROLES: ReadonlySet<TensorRole> = new Set([
  'attention',
  'mlp',
  'conditioning',
  'embedding',
  'head',
  'position',
  'patch',
  'classifier',
]);
