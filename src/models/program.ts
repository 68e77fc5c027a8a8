import type { ModelShape, Program, Step, StepOf, TensorSpec, Value } from './architecture';

/** Returns all steps of a program in order. */
export function allSteps(program: Program): Step[] {
  return [...program.prologue, ...program.blocks.flat(), ...program.epilogue];
}

/** Returns all steps of one operation, in order. */
export function stepsOf<Name extends Step['op']>(program: Program, op: Name): StepOf<Name>[] {
  return allSteps(program).filter(isOp(op));
}

/** Returns a test for the steps of one operation. */
export function isOp<Name extends Step['op']>(op: Name) {
  return (step: Step): step is StepOf<Name> => step.op === op;
}

/** Returns the activations that a step reads and writes; those changed in place are in both lists. */
export function stepValues(step: Step): { reads: Value[]; writes: Value[] } {
  switch (step.op) {
    case 'embed':
    case 'embedLabels':
    case 'timeFeatures':
    case 'patches':
    case 'pixels':
      return { reads: [], writes: [step.out] };
    case 'addPositions':
    case 'addGridPositions':
      return { reads: [step.out], writes: [step.out] };
    case 'layerNorm':
    case 'rmsNorm':
    case 'linear':
      return { reads: [step.input], writes: [step.out] };
    case 'adaptiveNorm':
      return { reads: [step.input, step.shift, step.scale], writes: [step.out] };
    case 'rotary':
    case 'gelu':
    case 'silu':
    case 'relu':
      return { reads: [step.value], writes: [step.value] };
    case 'attention':
      return { reads: [step.query, step.key, step.value], writes: [step.out] };
    case 'siluGate':
      return { reads: [step.gate, step.up], writes: [step.out] };
    case 'add':
      return { reads: [step.input, step.out], writes: [step.out] };
    case 'gatedAdd':
      return { reads: [step.input, step.gate, step.out], writes: [step.out] };
  }
}

/** Returns whether the head reads only the first row of each image, its class token, instead of all rows. */
export function readsClassToken({ task }: Pick<ModelShape, 'task'>): boolean {
  return task === 'image-classification';
}

/** Returns the width in columns of every activation of a program, by name. */
export function valueWidths(program: Program): Map<string, number> {
  const widths = new Map<string, number>();
  for (const step of allSteps(program)) {
    const { reads, writes } = stepValues(step);
    for (const { name, column = 0, width } of [...reads, ...writes])
      widths.set(name, Math.max(widths.get(name) ?? 0, column + width));
  }
  return widths;
}

/** A part of a forward pass: what comes before the blocks, a block, or what comes after them. */
export interface Stage {
  steps: readonly Step[];
  /** The tensors that it reads, each once. */
  tensors: readonly TensorSpec[];
  /** Whether it reads the model's input. */
  isFirst: boolean;
  /** Whether its result is what the head reads. */
  isLast: boolean;
}

/** Returns the stages of a forward pass before the head, in order. */
export function stagesOf(shape: ModelShape): Stage[] {
  const { prologue, blocks, epilogue } = shape.program;
  const parts = [prologue, ...blocks, epilogue];
  return parts.map((steps, i) => ({
    steps,
    tensors: tensorsNamed(shape, steps.flatMap(namesOf)),
    isFirst: i === 0,
    isLast: i === parts.length - 1,
  }));
}

/** Returns the tensors of the head. */
export function headTensors(shape: ModelShape): TensorSpec[] {
  const { weight, bias } = shape.program.head;
  return tensorsNamed(shape, bias === undefined ? [weight] : [weight, bias]);
}

function tensorsNamed({ tensors }: ModelShape, names: readonly string[]): TensorSpec[] {
  const wanted = new Set(names);
  return tensors.filter(({ name }) => wanted.has(name));
}

/** Returns the names of the tensors that a step reads. */
function namesOf(step: Step): string[] {
  switch (step.op) {
    case 'embed':
    case 'embedLabels':
    case 'addPositions':
      return [step.table];
    case 'patches':
      return [step.weight, step.bias, ...(step.classToken === undefined ? [] : [step.classToken])];
    case 'layerNorm':
      return [step.weight, step.bias];
    case 'rmsNorm':
      return [step.weight];
    case 'linear':
      return step.bias === undefined ? [step.weight] : [step.weight, step.bias];
    default:
      return [];
  }
}

/** Returns the values that pass from stage to stage: a block, the epilogue or the head reads them before it has written them. */
export function carriedValues(program: Program): Value[] {
  const carried = new Set<string>();
  const perSequence = new Set<string>();
  for (const steps of [...program.blocks, program.epilogue]) {
    const written = new Set<string>();
    for (const step of steps) {
      const { reads, writes } = stepValues(step);
      for (const value of reads) {
        if (!written.has(value.name)) carried.add(value.name);
        if (value.perSequence) perSequence.add(value.name);
      }
      for (const { name } of writes) written.add(name);
    }
    if (steps === program.epilogue && !written.has(program.hidden.name)) carried.add(program.hidden.name);
  }
  const widths = valueWidths(program);
  return [...carried].map((name) => ({
    ...{ name, width: widths.get(name)! },
    ...(perSequence.has(name) && { perSequence: true as const }),
  }));
}
