import { KeyedRandom } from '../../base/random';

/** A pair of generated data sets: what somebody has, and what somebody made of it. */
export interface DataExample {
  name: string;
  /** What the derived set is. */
  description: string;
  /** Rows as objects; the derived set follows from the base's rows one by one. Equal seeds give equal rows. */
  base(stories: readonly string[], rows: number): Generator<object>;
  derived(stories: readonly string[], rows: number): Generator<object>;
}

const LICENCES = ['cc-by-4.0', 'cc0-1.0', 'mit'];
const TOPICS = ['animals', 'family', 'food', 'games', 'garden', 'music', 'school', 'weather'];
const SEED = 7;

/** Streams of random numbers, one for each purpose. */
const [TEXT, FILTER, TURNS] = [1, 2, 3];

interface Story {
  id: string;
  topic: string;
  licence: string;
  source: string;
  quality: number;
  text: string;
}

function* storyRows(stories: readonly string[], rows: number): Generator<Story> {
  const random = new KeyedRandom(SEED, TEXT);
  const pick = <T>(list: readonly T[]) => list[random.nextUint32() % list.length];
  for (let i = 0; i < rows; i++)
    yield {
      id: `story-${String(i).padStart(8, '0')}`,
      topic: pick(TOPICS),
      licence: pick(LICENCES),
      source: `https://stories.example/${pick(TOPICS)}/${i}`,
      quality: Math.round(1000 * random.nextUniform()) / 1000,
      text: `${pick(stories)} ${pick(stories)}`,
    };
}

interface Chat {
  id: string;
  model: string;
  messages: { role: string; content: string }[];
}

function* chatRows(stories: readonly string[], rows: number): Generator<Chat> {
  const random = new KeyedRandom(SEED, TEXT);
  const pick = () => stories[random.nextUint32() % stories.length];
  for (let i = 0; i < rows; i++)
    yield {
      id: `chat-${String(i).padStart(8, '0')}`,
      model: 'example-chat-7b',
      messages: [
        { role: 'user', content: `Tell me a story that begins so: ${pick().slice(0, 60)}` },
        { role: 'assistant', content: `${pick()} ${pick()}` },
        { role: 'user', content: `And then? ${pick().slice(0, 30)}` },
        { role: 'assistant', content: pick() },
      ],
    };
}

/**
 * Returns words that stand for a translation: every letter becomes another one, so that no word is that of the original, with lengths as
 * before.
 */
function translated(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const first = letter < 'a' ? 65 : 97;
    return String.fromCharCode(first + ((letter.charCodeAt(0) - first + 5) % 26));
  });
}

/** The scenarios for which the published method promises savings. */
export const DATA_EXAMPLES: readonly DataExample[] = [
  {
    name: 'translation',
    description: 'every text translated, all other fields kept',
    base: storyRows,
    *derived(stories, rows) {
      for (const row of storyRows(stories, rows)) yield { ...row, text: translated(row.text) };
    },
  },
  {
    name: 'filtered subset',
    description: 'the rows of quality 0.6 and better',
    base: storyRows,
    *derived(stories, rows) {
      for (const row of storyRows(stories, rows)) if (row.quality >= 0.6) yield row;
    },
  },
  {
    name: 'extended chat set',
    description: 'a third of the chats with two more turns, and 5 % new chats',
    base: chatRows,
    *derived(stories, rows) {
      const random = new KeyedRandom(SEED, TURNS);
      const pick = () => stories[random.nextUint32() % stories.length];
      const more = Math.floor(rows / 20);
      let at = 0;
      for (const row of chatRows(stories, rows + more)) {
        const isNew = at++ >= rows;
        const extended = !isNew && random.nextUniform() < 1 / 3;
        const turns = [
          { role: 'user', content: 'Please go on.' },
          { role: 'assistant', content: pick() },
        ];
        yield extended ? { ...row, messages: [...row.messages, ...turns] } : row;
      }
    },
  },
];

/** A pair for measuring time and memory: one row in twenty has another quality, one in a hundred is gone. */
export const LARGE_EXAMPLE: DataExample = {
  name: 'large',
  description: '5 % of the rows changed, 1 % gone',
  base: storyRows,
  *derived(stories, rows) {
    const random = new KeyedRandom(SEED, FILTER);
    for (const row of storyRows(stories, rows)) {
      const draw = random.nextUniform();
      if (draw >= 0.01) yield draw < 0.06 ? { ...row, quality: 1 - row.quality } : row;
    }
  },
};
