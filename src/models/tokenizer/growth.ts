import { LabError } from '../../base/errors';
import { objectField, objectsIn, type TokenizerJson } from './json';

/** Maximum growth of a text, and maximum number of steps, of one component; real tokenizers need less. */
const MAX_GROWTH = 256;
const MAX_STEPS = 64;

/** The components of tokenizer.json that process a text or its tokens, and the fields that list their steps. */
const COMPONENTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const;
const LISTS = ['normalizers', 'pretokenizers', 'processors', 'decoders'] as const;

/** A byte becomes a character, and a character has up to four bytes. */
const BYTE_LEVEL_GROWTH = 4;

/**
 * Refuses steps that multiply the length of a text: thirty that double it would never finish.
 * @throws LabError unsupported if a component has too many steps or multiplies a text too much
 */
export function checkGrowth(json: TokenizerJson): void {
  for (const name of COMPONENTS) {
    const { growth, steps } = sizeOf(objectField(json, name), 0);
    if (growth <= MAX_GROWTH && steps <= MAX_STEPS) continue;
    throw new LabError(
      'unsupported',
      `tokenizer.json cannot be used: its ${name} has ${steps > MAX_STEPS ? `more than ${MAX_STEPS} steps` : `steps that can make a text more than ${MAX_GROWTH} times longer`}.`,
      'Choose another model.',
    );
  }
}

interface Size {
  /** The factor by which it can lengthen a text. */
  growth: number;
  steps: number;
}

function sizeOf(component: TokenizerJson | undefined, depth: number): Size {
  if (!component) return { growth: 1, steps: 0 };
  if (depth > MAX_STEPS) return { growth: 1, steps: Infinity };
  const inner = LISTS.flatMap((list) => objectsIn(component, list)).map((part) => sizeOf(part, depth + 1));
  return {
    growth: inner.reduce((product, { growth }) => product * growth, ownGrowth(component)),
    steps: inner.reduce((sum, { steps }) => sum + steps, 1),
  };
}

function ownGrowth({ type, content, single }: TokenizerJson): number {
  if (type === 'ByteLevel') return BYTE_LEVEL_GROWTH;
  if (type === 'Replace' && typeof content === 'string') return Math.max(1, content.length);
  // Every piece with a Sequence repeats the whole text.
  if (Array.isArray(single))
    return Math.max(1, single.filter((piece) => objectField({ piece }, 'piece')?.Sequence).length);
  return 1;
}
