import { fixed } from '../../../base/format';
import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';
import type { RecordedRun } from '../recordedRun';

const ROW = 'rtn(bits=3,group=row)';
const ROTATED = 'hadamard(rtn(bits=3,group=row))';
const ROW_4 = 'rtn(bits=4,group=row)';
const ROTATED_4 = 'hadamard(rtn(bits=4,group=row))';

const remaining = (run: RecordedRun): number => run.loss(ROTATED) / run.loss(ROW);

export const outliers: Lesson = {
  title: 'Outliers',
  run: 'lessons',
  rows: [ROW, ROTATED, ROW_4, ROTATED_4].map((spec) => ({ spec })),
  question: (run) =>
    `With 3 bits and one scale for a whole row, the perplexity rises by ${run.lossText(ROW)}: the largest weight of a row sets the step ` +
    'for all of it. A Hadamard rotation mixes the columns before rounding and is undone afterwards. It spreads a large weight over ' +
    'the row and hardly costs a byte. How much of the rise remains?',
  choices: ['Less than a third', 'A third to two thirds', 'Two thirds to all of it', 'It becomes larger'],
  answer: (run) => choiceWithin([1 / 3, 2 / 3, 1], remaining(run)),
  finding: (run) =>
    `With the rotation the perplexity rises by ${run.lossText(ROTATED)}, ${fixed(100 * remaining(run), 0)} % of the rise without it. ` +
    `With 4 bits it rises by ${run.lossText(ROTATED_4)} with the rotation and by ${run.lossText(ROW_4)} without.`,
  why: (
    <>
      <p>
        Most weights of a row are small, and a few are several times as large. Evenly spaced levels have to
        reach the largest, so the small ones share the few levels around zero.
      </p>
      <p>
        A{' '}
        <Term id="rotation" linked>
          rotation
        </Term>{' '}
        keeps the length of every row and makes its entries alike: each becomes a sum over the whole row, with
        signs. The largest of them is then closer to the others, and the step is smaller.
      </p>
      <p>
        A{' '}
        <Term id="clip-search" linked>
          clip search
        </Term>{' '}
        accepts a large error of the outlier for small errors of the rest. Smaller{' '}
        <Term id="group" linked>
          groups
        </Term>{' '}
        keep it away from most weights: that is the next lesson.
      </p>
    </>
  ),
  steps: [
    { text: 'Load the plan with and without the rotation, and press Run.', plan: lessonPlan(ROW, ROTATED) },
    {
      text: 'Choose a point on the curve and open its layers: in which tensors does the rotation reduce the error most?',
    },
    { text: 'Set the groups to 32 in Custom, then the bits to 4. Where does the rotation still help?' },
  ],
};
