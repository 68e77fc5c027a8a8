import { LabError } from '../../base/errors';
import { objectField, objectsIn, type TokenizerJson } from './json';

/** More than any tokenizer's steps make of a text, or have; a file can have as many as it likes. */
const MOST_GROWTH = 256;
const MOST_STEPS = 64;

/** Parts of tokenizer.json a text or its tokens go through, and where each lists its steps. */
const COMPONENTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const;
const LISTS = ['normalizers', 'pretokenizers', 'processors', 'decoders'] as const;

/** A byte becomes a character, and one character up to four bytes. */
const BYTE_LEVEL_GROWTH = 4;

/**
 * Refuses steps that multiply a text: thirty that double it hang whoever encodes a word.
 * @throws LabError unsupported
 */
export function checkGrowth(json: TokenizerJson): void {
  for (const name of COMPONENTS) {
    const { growth, steps } = sizeOf(objectField(json, name), 0);
    if (growth <= MOST_GROWTH && steps <= MOST_STEPS) continue;
    throw new LabError(
      'unsupported',
      `tokenizer.json cannot be used: its ${name} has ${steps > MOST_STEPS ? `more than ${MOST_STEPS} steps` : 'steps that multiply a text over and over'}.`,
      'Choose another model.',
    );
  }
}

interface Size {
  /** How many times longer it may make a text. */
  growth: number;
  steps: number;
}

function sizeOf(component: TokenizerJson | undefined, depth: number): Size {
  if (!component) return { growth: 1, steps: 0 };
  if (depth > MOST_STEPS) return { growth: 1, steps: Infinity };
  const inner = LISTS.flatMap((list) => objectsIn(component, list)).map((part) => sizeOf(part, depth + 1));
  return {
    growth: inner.reduce((product, { growth }) => product * growth, ownGrowth(component)),
    steps: inner.reduce((sum, { steps }) => sum + steps, 1),
  };
}

function ownGrowth({ type, content, single }: TokenizerJson): number {
  if (type === 'ByteLevel') return BYTE_LEVEL_GROWTH;
  if (type === 'Replace' && typeof content === 'string') return Math.max(1, content.length);
  // Each of them is the whole text.
  if (Array.isArray(single))
    return Math.max(1, single.filter((piece) => objectField({ piece }, 'piece')?.Sequence).length);
  return 1;
}
