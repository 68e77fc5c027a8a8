import { Term } from '../../glossary/Term';
import { choiceWithin, lessonPlan, type Lesson } from '../lesson';

const TERNARY = 'ternary(rule=optimal,group=64)';

export const ternaryTraining: Lesson = {
  title: 'Training with three values',
  run: 'training',
  rows: [{ spec: TERNARY }, { spec: TERNARY, training: 'qat' }],
  question: (run) =>
    `Ternary weights are −s, 0 or +s. Rounding a trained model to them raises its perplexity by ${run.lossText(TERNARY)}. Sixty steps of ` +
    'training, in which every step computes with the rounded weights, make a file of the same size. By how much does its perplexity rise?',
  choices: ['At most 5 %', '5 to 50 %', '50 to 100 %', 'More than 100 %'],
  answer: (run) => choiceWithin([5, 50, 100], run.loss(TERNARY, 'qat')),
  finding: (run) =>
    `After training the perplexity rises by ${run.lossText(TERNARY, 'qat')}; before, by ${run.lossText(TERNARY)}.`,
  why: (
    <>
      <p>
        <Term id="qat" linked>
          Quantisation-aware training
        </Term>{' '}
        keeps float weights behind the rounded ones. Each step computes the loss with rounded weights and
        moves the float weights, as if rounding had not happened (straight-through). Weights that matter cross
        the threshold and change their value.
      </p>
      <p>
        Rounding after training asks which three values are nearest to the weights. Training asks which of
        them predict the text, and lets all layers adapt to each other.
      </p>
      <p>
        It costs training data and time, where rounding takes a second. A fair comparison trains the float
        model for the same steps, too, because some of the gain is plain further training.
      </p>
    </>
  ),
  steps: [
    {
      text: 'Load the plan with ternary weights and 2 bits, press Run, and see where rounding alone ends.',
      plan: lessonPlan(TERNARY, 'rtn(bits=2,group=64)'),
    },
    { text: 'With a graphics adapter: open Train, choose tiny-classifier, and train it in about a minute.' },
    { text: 'Which gain remains beside the fine-tuned float32 model of the same number of steps?' },
  ],
};
