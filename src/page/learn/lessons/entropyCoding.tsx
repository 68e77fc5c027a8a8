import { fixed, grouped } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';
import type { RecordedRun } from '../recordedRun';

const PLAIN = 'rtn(bits=4,group=32)';
const CODED = 'rans(rtn(bits=4,group=32))';

/** The bits of a coded weight that entropy coding saves. */
const savedBits = (run: RecordedRun, plain: string): number =>
  run.record({ spec: plain }).size.bitsPerCodedWeight -
  run.record({ spec: `rans(${plain})` }).size.bitsPerCodedWeight;

export const entropyCoding: Lesson = {
  title: 'Entropy coding',
  run: 'lessons',
  rows: ['rtn(bits=8,group=32)', 'rans(rtn(bits=8,group=32))', PLAIN, CODED].map((spec) => ({ spec })),
  question: () =>
    'Rounding to 4 bits writes 4 bits for every code. Codes near zero are more frequent than those at the ends, and rANS writes frequent codes with ' +
    'fewer bits. The weights that come back are the same. How many bits does it save for each coded weight?',
  choices: ['At most 0.1', '0.1 to 0.5', '0.5 to 1', 'More than 1'],
  answer: (run) => choiceWithin([0.1, 0.5, 1], savedBits(run, PLAIN)),
  finding: (run) =>
    `It saves ${fixed(savedBits(run, PLAIN), 2)} bits for each coded weight, and of 8-bit codes ${fixed(savedBits(run, 'rtn(bits=8,group=32)'), 2)}. ` +
    `The 4-bit file shrinks from ${grouped(run.bytes(PLAIN))} to ${grouped(run.bytes(CODED))} bytes, and the perplexity rises by ` +
    `${run.lossText(CODED)} in place of ${run.lossText(PLAIN)}.`,
  why: (
    <>
      <p>
        <Term id="entropy-coding" linked>
          Entropy coding
        </Term>{' '}
        loses nothing: a code that occurs with probability p takes about −log₂ p bits. The more uneven the
        codes, the more it saves.
      </p>
      <p>
        Small groups make codes more even, since each group stretches its weights over all levels. Entropy
        coding therefore gains more where groups are large, and scales and codes have to be chosen together.
      </p>
      <p>
        It also changes which method wins: a fine grid with many unlikely levels costs little once its codes
        are entropy coded.
      </p>
    </>
  ),
  steps: [
    { text: 'Load the plan with and without entropy coding, and press Run.', plan: lessonPlan(PLAIN, CODED) },
    { text: 'Choose each point: do the perplexities agree to the last digit?' },
    { text: 'In Custom, set the groups of both to a row. Does entropy coding save more?' },
  ],
};
