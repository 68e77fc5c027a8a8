/**
 * The contract of an architecture: its tensors and its forward pass, both as data. No kernel, no buffer, no loop over
 * layers at run time; executors (src/runtime) interpret the same program to run, capture activations or, later,
 * differentiate. One architecture, one file.
 */

/** What a tensor is for; decides whether a scope covers it. */
export type TensorRole =
  | 'attention'
  | 'mlp'
  | 'embedding'
  | 'head'
  | 'position'
  | 'patch'
  | 'classifier'
  | 'norm'
  | 'bias'
  | 'class-token';

export interface TensorSpec {
  /** The name Hugging Face transformers writes, e.g. `transformer.h.0.attn.c_attn.weight`. */
  name: string;
  /** Shape in the checkpoint. */
  shape: readonly number[];
  /** Canonical matrix [out, in]; vectors are [1, n]. */
  matrix: readonly [number, number];
  role: TensorRole;
  /** Block index; undefined outside the blocks. */
  block?: number;
  /** The checkpoint stores [in, out] (GPT-2's Conv1D). */
  transposed?: boolean;
  /**
   * Canonical row r is the checkpoint's row rowOrder[r]; absent: the same. For layers that store queries, keys and values
   * mixed (GPT-NeoX head by head): canonical are all queries, then all keys, then all values. Never with `transposed`.
   */
  rowOrder?: Uint32Array;
}

/** A named activation [tokens, width], or a range of its columns. */
export interface Value {
  name: string;
  column?: number;
  /** Width in columns of this range (or of the whole value). */
  width: number;
}

export type Step =
  /** out[t] = table[id[t]] */
  | { op: 'embed'; table: string; out: Value }
  /** out[t] += table[offset + position(t)]; offset 0 unless given (OPT's table begins with two rows of its own) */
  | { op: 'addPositions'; table: string; out: Value; offset?: number }
  /** Image [channels, size, size] → class token and patches, out[0] = classToken, out[1 + p] = patch p · Wᵀ + b */
  | {
      op: 'patches';
      weight: string;
      bias: string;
      classToken: string;
      patch: number;
      channels: number;
      size: number;
      out: Value;
    }
  /** Image [channels, size, size] → one row of all its pixels */
  | { op: 'pixels'; out: Value }
  | { op: 'layerNorm'; input: Value; weight: string; bias: string; epsilon: number; out: Value }
  /** With `heads`: that many equal ranges of columns, each a row of its own, all by one weight (Qwen3's query and key). */
  | { op: 'rmsNorm'; input: Value; weight: string; epsilon: number; out: Value; heads?: number }
  /** out = input · Wᵀ + b */
  | { op: 'linear'; input: Value; weight: string; bias?: string; out: Value }
  /**
   * Rotary position embedding in place (Su et al. 2021) of the first `turned` columns of every head, all unless given. The
   * pairs are (i, i + turned/2), Hugging Face's `rotate_half`, or neighbours where `interleaved` (GPT-J).
   */
  | {
      op: 'rotary';
      value: Value;
      heads: number;
      headWidth: number;
      theta: number;
      turned?: number;
      interleaved?: boolean;
    }
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
      /** Keys a causal query sees at most: its own and the window − 1 before it. Absent: all before it. */
      window?: number;
      /** Index of this attention in the program: names its KV cache. */
      layer: number;
    }
  /** In place. `tanh` is GPT-2's gelu_new; `erf` is the exact form. */
  | { op: 'gelu'; value: Value; form: 'tanh' | 'erf' }
  /** max(value, 0) in place. */
  | { op: 'relu'; value: Value }
  /** out = silu(gate) · up, in place of the gate; both may be columns of one value. */
  | { op: 'siluGate'; gate: Value; up: Value; out: Value }
  /** out += input */
  | { op: 'add'; input: Value; out: Value };

export type StepOf<Name extends Step['op']> = Extract<Step, { op: Name }>;

/** One method per operation; every executor implements it. */
export type Ops = { [Name in Step['op']]: (step: StepOf<Name>) => Promise<void> | void };

export interface Program {
  prologue: readonly Step[];
  /** One list of steps per transformer block. */
  blocks: readonly (readonly Step[])[];
  /** Up to and including the final norm; its result is `hidden`. */
  epilogue: readonly Step[];
  hidden: Value;
  /** The head: logits = hidden · Wᵀ (+ b). For images only row 0 (class token) of each image is used. */
  head: { weight: string; bias?: string; outputs: number };
}

/** A configured architecture: everything about one model except its values. */
export interface ModelShape {
  architecture: string;
  task: 'language-model' | 'image-classification';
  tensors: readonly TensorSpec[];
  program: Program;
  /** Longest sequence (learned positions) or the trained context (rotary). */
  maxContext: number;
  /** Width of the residual stream. */
  width: number;
  /** Largest width of any activation, head excluded. */
  maxWidth: number;
  vocabulary: number;
  /** Attention layers' key/value width, for the KV cache; empty for images. */
  cacheWidths: readonly number[];
  image?: { size: number; channels: number; tokens: number };
  /** True when `head.weight` is the embedding table itself. */
  tiedHead: boolean;
  /** Tied tensors count once. */
  parameters: number;
}

export interface Architecture {
  id: string;
  /** Values of config.json's `model_type` this file understands. */
  modelTypes: readonly string[];
  /** Prefix that checkpoints may omit, e.g. `transformer.`. */
  prefix: string;
  /**
   * Validates config.json and lays out tensors and program.
   * @throws LabError unsupported, naming the field, for anything it does not implement
   */
  configure(config: Readonly<Record<string, unknown>>): ModelShape;
}

/** Runs steps in order over any executor. */
export async function interpret(steps: readonly Step[], ops: Ops): Promise<void> {
  for (const step of steps) await (ops[step.op] as (s: Step) => Promise<void> | void)(step);
}

/** Roles the scope `linear` covers; `all` adds the rest of the matrices. */
export const LINEAR_ROLES: ReadonlySet<TensorRole> = new Set(['attention', 'mlp']);
export const ALL_ROLES: ReadonlySet<TensorRole> = new Set([
  'attention',
  'mlp',
  'embedding',
  'head',
  'position',
  'patch',
  'classifier',
]);
