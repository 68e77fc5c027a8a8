import { fixed } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';
import type { RecordedRun } from '../recordedRun';

const THREE = 'rtn(bits=3,group=32)';
const TWO = 'rtn(bits=2,group=32)';
const BETTER = 'rtn(bits=2,group=32,scheme=asymmetric,clip=true)';

/** The relative error of the weights: "62 %". */
function errorText(run: RecordedRun, spec: string): string {
  return `${fixed(100 * (run.record({ spec }).error?.relativeL2 ?? NaN), 0)} %`;
}

export const twoBits: Lesson = {
  title: 'Why 2 bits break',
  run: 'lessons',
  rows: ['rtn(bits=4,group=32)', THREE, TWO, BETTER].map((spec) => ({ spec })),
  question: (run) =>
    `With 3 bits the perplexity rises by ${run.lossText(THREE)}. What will 2 bits do, with the same groups of 32 weights?`,
  choices: ['At most 30 %', '30 to 100 %', '100 to 1,000 %', 'More than 1,000 %'],
  answer: (run) => choiceWithin([30, 100, 1000], run.loss(TWO)),
  finding: (run) =>
    `With 2 bits the perplexity rises by ${run.lossText(TWO)}. The relative error of the weights is ${errorText(run, TWO)}, ` +
    `with 3 bits it is ${errorText(run, THREE)}. Four levels that fit the group better leave ${run.lossText(BETTER)}.`,
  why: (
    <>
      <p>
        The{' '}
        <Term id="quantisation-scheme" linked>
          symmetric scheme
        </Term>{' '}
        has three levels at 2 bits: zero, and plus or minus the largest weight of the group. Every weight
        below half of the largest becomes zero, and those are most of a group.
      </p>
      <p>
        The errors are then not much smaller than the weights, and they no longer cancel, since most of them
        point towards zero. Each layer passes its error on to the next.
      </p>
      <p>
        An asymmetric group uses all four codes, and a{' '}
        <Term id="clip-search" linked>
          clip search
        </Term>{' '}
        gives up the largest weight for the sake of the others. That helps, but 2 bits still need more:
        calibration, or training.
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with 4, 3 and 2 bits, and press Run.',
      plan: lessonPlan('rtn(bits=4,group=32)', THREE, TWO),
    },
    {
      text: 'Open Custom and set the 2-bit codec to scheme asymmetric, then also to clip. Which of the two helps more?',
    },
    { text: 'Open Generate and compare the text of 3 and of 2 bits.' },
  ],
};
