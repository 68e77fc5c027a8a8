import { useActivity, usePage, usePlans, useValues } from '../app/usePage';
import { CodecChoice } from '../editor/CodecChoice';
import { SettingsForm } from '../generate/SettingsForm';
import { TextComparison } from '../generate/TextComparison';
import { useCanRun } from '../measure/useCanRun';
import { problemOf } from '../plan/draft';
import { setValues, undo, type ValuesStore } from '../store/values';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { CopyLink } from '../widgets/CopyLink';
import { ProblemText } from '../widgets/ProblemText';
import { AnswerComparison } from './AnswerComparison';
import { compareImages, compareTexts } from './commands';
import { pairOf, pairValues, withCodec, type Pair } from './pair';
import './compare.css';

/** Compares two codecs side by side: their texts from one prompt, or the images whose answer changed. */
export function ComparePanel() {
  const { plans, values } = usePage();
  const task = usePlans((s) => plans.names.model(s.plan.model).task);
  const model = usePlans((s) => s.plan.model);
  const asked = useValues('compare');
  const problem = problemOf(() => pairOf(asked));
  return (
    <section className="panel compare" aria-labelledby="compare-title">
      <div className="panel-head">
        <h2 id="compare-title">Compare two codecs of {model}</h2>
        <CopyLink disabled={problem !== undefined} />
      </div>
      {problem ? (
        <ProblemText problem={problem} />
      ) : (
        <>
          <PairForm store={values.compare} pair={pairOf(asked)} />
          {task === 'language-model' ? <Texts pair={pairOf(asked)} /> : <Images pair={pairOf(asked)} />}
        </>
      )}
    </section>
  );
}

/** Chooses both codecs. Options that both have change together while they are linked. */
function PairForm({ store, pair }: { store: ValuesStore; pair: Pair }) {
  const set = (next: Pair): void => setValues(store, pairValues(next));
  return (
    <>
      <div className="sides">
        <CodecChoice
          label="Left"
          value={pair.left}
          onChange={(codec) => set(withCodec(pair, 'left', codec))}
        />
        <CodecChoice
          label="Right"
          value={pair.right}
          onChange={(codec) => set(withCodec(pair, 'right', codec))}
        />
      </div>
      <div className="tools">
        <label className="check">
          <input
            type="checkbox"
            checked={pair.isLinked}
            onChange={(event) => set({ ...pair, isLinked: event.target.checked })}
          />{' '}
          Link options
        </label>
        <button
          type="button"
          className="small"
          onClick={() => set({ ...pair, left: pair.right, right: pair.left })}
        >
          Swap
        </button>
        <UndoButton />
      </div>
    </>
  );
}

function UndoButton() {
  const { compare } = usePage().values;
  useValues('compare');
  return (
    <button
      type="button"
      className="small"
      disabled={compare.getState().past.length === 0}
      onClick={() => undo(compare)}
    >
      Undo
    </button>
  );
}

function Texts({ pair }: { pair: Pair }) {
  const page = usePage();
  const activity = useActivity('generate', 'compare');
  const free = useCanRun();
  return (
    <>
      <form
        className="generate"
        onSubmit={(event) => {
          event.preventDefault();
          void compareTexts(page, pair);
        }}
      >
        <SettingsForm />
        {activity ? (
          <ActivityStatus activity={activity} />
        ) : (
          <button type="submit" className="primary" disabled={!free}>
            Write both texts
          </button>
        )}
      </form>
      <TextComparison view="compare" />
    </>
  );
}

function Images({ pair }: { pair: Pair }) {
  const page = usePage();
  const images = usePlans((s) => s.plan.images);
  const activity = useActivity('compareAnswers');
  const free = useCanRun();
  return (
    <>
      {activity ? (
        <ActivityStatus activity={activity} />
      ) : (
        <button
          type="button"
          className="primary"
          disabled={!free}
          onClick={() => void compareImages(page, pair)}
        >
          Classify {images} images with both
        </button>
      )}
      <AnswerComparison />
    </>
  );
}
