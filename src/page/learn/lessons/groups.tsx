import { fixed } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';
import type { RecordedRun } from '../recordedRun';

const ROW = 'rtn(bits=3,group=row)';
const SMALL = 'rtn(bits=3,group=32)';
const ROW_4 = 'rtn(bits=4,group=row)';
const SMALL_4 = 'rtn(bits=4,group=32)';

const remaining = (run: RecordedRun): number => run.loss(SMALL) / run.loss(ROW);

export const groups: Lesson = {
  title: 'Groups',
  run: 'lessons',
  rows: [ROW, SMALL, ROW_4, SMALL_4].map((spec) => ({ spec })),
  question: (run) =>
    `With 3 bits and one scale for each row, the perplexity rises by ${run.lossText(ROW)}. A scale for every 32 weights costs half a bit ` +
    'more for each weight. How much of the rise remains?',
  choices: [
    'Less than a quarter',
    'A quarter to a half',
    'A half to three quarters',
    'More than three quarters',
  ],
  answer: (run) => choiceWithin([0.25, 0.5, 0.75], remaining(run)),
  finding: (run) =>
    `With groups of 32 the perplexity rises by ${run.lossText(SMALL)}, ${fixed(100 * remaining(run), 0)} % of the rise with rows. ` +
    `The file grows by ${fixed(100 * (run.bytes(SMALL) / run.bytes(ROW) - 1), 1)} %. With 4 bits it rises by ${run.lossText(SMALL_4)} with ` +
    `groups of 32 and by ${run.lossText(ROW_4)} with rows.`,
  why: (
    <>
      <p>
        A{' '}
        <Term id="group" linked>
          group
        </Term>{' '}
        has its own{' '}
        <Term id="scale" linked>
          scale
        </Term>
        , a float16 of 16 bits. Shared by 32 weights it costs half a bit for each, by 16 a whole bit, by 128
        an eighth.
      </p>
      <p>
        The largest of few numbers is usually smaller than the largest of many, so small groups have smaller
        steps, and an outlier spoils one group only.
      </p>
      <p>
        Bits for scales compete with bits for codes, and where the step is small enough already, scales buy
        nothing that these windows can show. Count both:{' '}
        <Term id="bits-per-weight" linked>
          bits per weight
        </Term>{' '}
        include everything in the file, and figures such as “a 4-bit model” often do not.
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with rows, and with groups of 128, 32 and 16, and press Run.',
      plan: lessonPlan(ROW, 'rtn(bits=3,group=128)', SMALL, 'rtn(bits=3,group=16)'),
    },
    { text: 'Which of the points are on the Pareto frontier?' },
    {
      text: 'In Custom, add 4 bits with rows. Does it beat 3 bits with groups of 16, which take about as many bits?',
    },
  ],
};
