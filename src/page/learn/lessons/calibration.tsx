import { fixed } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';
import type { RecordedRun } from '../recordedRun';

const PLAIN = 'rtn(bits=3,group=32)';
const GPTQ = 'gptq(bits=3,group=32)';

const remaining = (run: RecordedRun): number => run.loss(GPTQ) / run.loss(PLAIN);

export const calibration: Lesson = {
  title: 'Calibration',
  run: 'lessons',
  rows: [PLAIN, 'awq(bits=3,group=32)', GPTQ, 'rtn(bits=2,group=32)', 'gptq(bits=2,group=32)'].map(
    (spec) => ({
      spec,
    }),
  ),
  question: (run) =>
    `Rounding to 3 bits raises the perplexity by ${run.lossText(PLAIN)}. GPTQ rounds a matrix column by column, and changes the columns that ` +
    'are left so that they compensate for the error, judged by the inputs that the layer receives on calibration text. How much of ' +
    'the rise remains?',
  choices: ['Less than a third', 'A third to two thirds', 'More than two thirds'],
  answer: (run) => choiceWithin([1 / 3, 2 / 3], remaining(run)),
  finding: (run) =>
    `With GPTQ the perplexity rises by ${run.lossText(GPTQ)}, ${fixed(100 * remaining(run), 0)} % of the rise of plain rounding; ` +
    `with 2 bits by ${run.lossText('gptq(bits=2,group=32)')} in place of ${run.lossText('rtn(bits=2,group=32)')}.`,
  why: (
    <>
      <p>
        Plain rounding minimises the error of the weights. What counts is the error of the layer’s{' '}
        <Term id="output-error" linked>
          output
        </Term>
        , and inputs are neither equally large nor independent: the error of one column can be undone by
        others whose inputs move together with its own.
      </p>
      <p>
        <Term id="calibration" linked>
          Calibration
        </Term>{' '}
        data shows which inputs occur. It must not contain the text on which the model is measured, or the
        figure is too good; the lab refuses such data.
      </p>
      <p>
        Another choice of calibration windows gives another file. With three{' '}
        <Term id="calibration-draws" linked>
          draws
        </Term>{' '}
        or more the interval includes that.
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with plain rounding and GPTQ at 3 bits, and press Run.',
      plan: lessonPlan(PLAIN, GPTQ),
    },
    { text: 'In Custom, set the calibration data to none. What does the page say?' },
    { text: 'Set calibration draws to 3. How far do the draws differ from each other?' },
  ],
};
