import type { LabCalls } from '../../../workers/labCalls';
import { DEFAULT_SEED } from '../../lab/plan/presets';
import { modelName } from '../../lab/results/modelName';
import type { LabRecord } from '../../lab/results/record';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { updateSide, type TextView } from '../store/generation';
import { canStart } from '../store/lab';
import { parseSettings, type DrawSettings } from './settings';

type TextRequest = LabCalls['generate']['params'];
/** The weights that write a text. */
export type TextWeights = Omit<TextRequest, keyof DrawSettings>;

/** A text to write: its title, and the weights that write it. */
export interface WantedText {
  title: string;
  weights: TextWeights;
}

/** Generates text with the baseline, then with the record's codec, from the same prompt and seed. */
export async function startGeneration(page: Page, record: LabRecord): Promise<void> {
  const { codec, model, scope, rest } = record;
  const seed = record.seed ?? codec.calibration?.seeds[0] ?? DEFAULT_SEED;
  const float = { model: modelName(model), scope, rest, seed };
  const coded = { ...float, ...calibrationOf(record), codec: codec.spec, base: codec.base, divergence: true };
  await writeTexts(page, 'generate', [
    { title: 'float32 baseline', weights: float },
    { title: codec.spec, weights: coded },
  ]);
}

/** Returns the record's calibration, so that the codec produces the same artefact again. */
function calibrationOf({ codec: { calibration } }: LabRecord): Pick<TextRequest, 'calibration' | 'context'> {
  if (!calibration) return {};
  const { dataset: data, windows, context } = calibration;
  return { calibration: { data, windows, draws: 1 }, ...(context !== undefined && { context }) };
}

/** Writes texts one after the other from the prompt and the seed that are set, and shows them in a view token by token. */
export async function writeTexts(page: Page, view: TextView, wanted: readonly WantedText[]): Promise<void> {
  const { client, generation, lab, values } = page;
  if (!canStart(lab.getState())) return;
  try {
    const settings = parseSettings(values.text.getState().values);
    const sides = wanted.map(({ title }) => ({
      ...{ title, tokens: [], tokensPerSecond: null },
      state: 'waiting' as const,
    }));
    generation.setState((s) => ({ texts: { ...s.texts, [view]: { prompt: settings.prompt, sides } } }));
    await runActivity(
      page,
      'generate',
      async ({ signal }) => {
        for (const [i, { weights }] of wanted.entries()) {
          updateSide(generation, view, i, () => ({ state: 'running' }));
          const { tokensPerSecond } = await client.call(
            'generate',
            { ...weights, ...settings },
            {
              signal,
              onProgress: (piece) =>
                updateSide(generation, view, i, ({ tokens }) => ({ tokens: [...tokens, piece] })),
            },
          );
          updateSide(generation, view, i, () => ({ state: 'done', tokensPerSecond }));
        }
      },
      view,
    );
  } catch (error) {
    showError(page, error, 'Text generation');
  } finally {
    for (const i of wanted.keys())
      if (generation.getState().texts[view])
        updateSide(generation, view, i, ({ state }) => ({ state: state === 'running' ? 'done' : state }));
  }
}
