import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';

const FOUR = 'rtn(bits=4,group=32)';

export const fourBits: Lesson = {
  title: 'Why 4 bits work',
  run: 'lessons',
  rows: [8, 6, 5, 4].map((bits) => ({ spec: `rtn(bits=${bits},group=32)` })),
  question: () =>
    'A float32 weight takes 32 bits. Rounding to nearest with 4 bits leaves 15 levels, and one scale for each group of 32 weights. ' +
    'By how much does the perplexity of gpt2-tinystories rise?',
  choices: ['At most 1 %', '1 to 10 %', '10 to 100 %', 'More than 100 %'],
  answer: (run) => choiceWithin([1, 10, 100], run.loss(FOUR)),
  finding: (run) =>
    `With 4 bits the perplexity rises by ${run.lossText(FOUR)}, with 8 bits by ${run.lossText('rtn(bits=8,group=32)')}.`,
  why: (
    <>
      <p>
        A group has one{' '}
        <Term id="scale" linked>
          scale
        </Term>
        , and its levels are as far apart as its largest weight requires. Rounding moves a weight by at most
        half of that step.
      </p>
      <p>
        Each output of a layer adds hundreds of products. The rounding errors in the sum have either sign, and
        most of them cancel. What remains changes the probabilities of the next token a little, and{' '}
        <Term id="perplexity" linked>
          perplexity
        </Term>{' '}
        averages over thousands of tokens.
      </p>
      <p>
        One bit less doubles the step and quadruples the squared error. That goes well for as long as the
        error is small beside the weights: see the next lesson.
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with 8, 5 and 4 bits, and press Run.',
      plan: lessonPlan('rtn(bits=8,group=32)', 'rtn(bits=5,group=32)', FOUR),
    },
    { text: 'Open Custom, add a codec with 6 bits, and predict where its point will lie. Run again.' },
    { text: 'Choose Standard, which scores four times as many windows. What happens to the intervals?' },
  ],
};
