import { grouped } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { lessonPlan, type Lesson } from '../lesson';

const NF4 = 'nf4(block=64)';
const USUAL = 'rtn(bits=4,group=32)';
const OPPONENT = 'rtn(bits=4,group=64,scheme=asymmetric,clip=true)';

const OUTCOMES = ['better', 'worse', 'unsure'] as const;

export const honestComparison: Lesson = {
  title: 'Honest comparison',
  run: 'examples',
  rows: [USUAL, OPPONENT, NF4].map((spec) => ({ spec })),
  question: (run) =>
    `NF4 places its 16 levels like the quantiles of a normal distribution. It raises the perplexity by ${run.lossText(NF4)}, rounding to 4 bits ` +
    `with groups of 32 by ${run.lossText(USUAL)}. A verdict compares NF4 with the best plain rounding that takes no more bytes, on the same ` +
    'windows. What does it say?',
  choices: ['NF4 is better', 'NF4 is worse', 'It cannot tell them apart'],
  answer: (run) => OUTCOMES.findIndex((each) => each === run.record({ spec: NF4 }).verdict?.outcome),
  finding: (run) => {
    const { verdict } = run.record({ spec: NF4 });
    return (
      `The verdict is ${verdict?.outcome}. The opponent, ${OPPONENT}, takes ${grouped(run.bytes(OPPONENT))} bytes, NF4 ${grouped(run.bytes(NF4))}, ` +
      `and the opponent raises the perplexity by ${run.lossText(OPPONENT)}.`
    );
  },
  why: (
    <>
      <p>
        A method looks good beside a weak{' '}
        <Term id="opponent" linked>
          opponent
        </Term>
        . Plain rounding has options, too: other groups, an asymmetric scheme, a clip search. The fair one is
        the best that is no larger, with every byte counted.
      </p>
      <p>
        Two intervals that overlap do not mean that two codecs are equal. Both were scored on the same
        windows, so the{' '}
        <Term id="interval" linked>
          interval
        </Term>{' '}
        of their difference is paired and much narrower. The{' '}
        <Term id="verdict" linked>
          verdict
        </Term>{' '}
        is better or worse only if that interval excludes zero.
      </p>
      <p>
        Before you believe a figure, ask: which data, how many tokens, which baseline, are scales and headers
        counted, and who chose the opponent?
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with NF4, its opponent and the usual rounding, choose Standard for verdicts, and press Run.',
      plan: lessonPlan(NF4, OPPONENT, USUAL).replace('preset=quick', 'preset=default'),
    },
    { text: 'Which codecs of the recorded example on the curve are worse than plain rounding?' },
    { text: 'Open Tasks and find a published figure that did not hold. What was left out?' },
  ],
};
