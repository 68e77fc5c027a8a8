import { invariant, LabError } from '../../base/errors';
import type { ModelShape, Step, StepOf, TensorSpec } from '../architecture';
import { allSteps } from '../program';
import type { GgufEntries, MetadataReader } from './values';

/**
 * How llama.cpp names one architecture: tensors and hyperparameters. One file of architectures/ each.
 * Source: llama.cpp's gguf-py/gguf/constants.py and convert_hf_to_gguf.py.
 */
export interface GgufLayout {
  /** Value of `general.architecture`, prefix of the keys, and id of our architecture: all three are one word. */
  architecture: string;
  /** What precedes the block's number in our tensor names. */
  root: string;
  /** Our name → theirs, without `.weight` and `.bias`: outside the blocks, and inside them after the block's number. */
  outer: Readonly<Record<string, string>>;
  inner: Readonly<Record<string, string>>;
  /**
   * Largest difference of a log-probability, in nats, that float32 weights in llama.cpp may show: its arithmetic sums in another order,
   * and some of its functions are tables in float16.
   */
  tolerance: number;
  /** Hyperparameters by key without the architecture's prefix. @throws LabError unsupported for what llama.cpp cannot express */
  hyperparameters(shape: ModelShape): GgufEntries;
  /** config.json as transformers writes it. @throws LabError naming the field */
  config(metadata: MetadataReader, facts: FileFacts): Record<string, unknown>;
}

/** What an importer knows of a file besides its metadata. */
export interface FileFacts {
  /** Rows of the token table. */
  vocabulary: number;
  /** No head of its own. */
  tied: boolean;
  /** Whether the file has a tensor of this name. */
  has: (name: string) => boolean;
}

const FILES = import.meta.glob<GgufLayout>('./architectures/*.ts', { import: 'default', eager: true });
export const layouts: readonly GgufLayout[] = Object.values(FILES);

/** @throws LabError unsupported listing the known ones */
export function ggufLayout(architecture: string): GgufLayout {
  const found = layouts.find((layout) => layout.architecture === architecture);
  if (found) return found;
  throw new LabError(
    'unsupported',
    `GGUF files of the architecture ${JSON.stringify(architecture.slice(0, 80))} are neither written nor read here.`,
    `Choose a model of one of these: ${layouts.map((layout) => layout.architecture).join(', ')}.`,
  );
}

/** The name of a tensor in the file, such as `blk.0.attn_q.weight`. */
export function ggufName(layout: GgufLayout, spec: TensorSpec): string {
  const dot = spec.name.lastIndexOf('.');
  const stem = spec.name.slice(0, dot);
  const inBlock = spec.block !== undefined;
  const name = inBlock
    ? layout.inner[stem.slice(`${layout.root}.${spec.block}.`.length)]
    : layout.outer[stem];
  invariant(name, `the GGUF layout ${layout.architecture} has no name for ${spec.name}`);
  return `${inBlock ? `blk.${spec.block}.` : ''}${name}${spec.name.slice(dot)}`;
}

/**
 * For tensors whose outputs a rotary embedding turns: the width of a head. ggml's `llama` turns neighbouring pairs of columns, Hugging
 * Face the two halves of a head, so their rows are stored in another order (rotary.ts).
 */
export function rotaryHeadWidths(shape: ModelShape): Map<string, number> {
  const widths = new Map<string, number>();
  for (const block of shape.program.blocks)
    for (const rotary of block.filter(isOp('rotary')))
      for (const linear of block.filter(isOp('linear'))) {
        if (linear.out.name !== rotary.value.name) continue;
        widths.set(linear.weight, rotary.headWidth);
        if (linear.bias !== undefined) widths.set(linear.bias, rotary.headWidth);
      }
  return widths;
}

/** Every step of one kind, in order. */
export function stepsOf<Name extends Step['op']>(shape: ModelShape, op: Name): StepOf<Name>[] {
  return allSteps(shape.program).filter(isOp(op));
}

function isOp<Name extends Step['op']>(op: Name) {
  return (step: Step): step is StepOf<Name> => step.op === op;
}

/** The one value all steps share. @throws LabError unsupported when they differ */
export function shared<T>(what: string, values: readonly T[]): T {
  if (values.every((value) => value === values[0])) return values[0];
  throw inexpressible(what, 'differs between layers');
}

/** A setting of the model that GGUF's architecture has no field for. */
export function inexpressible(what: string, why: string): LabError {
  return new LabError(
    'unsupported',
    `The model cannot be written as GGUF: ${what} ${why}, which llama.cpp has no setting for.`,
    'Keep it as safetensors, or choose another model.',
  );
}
