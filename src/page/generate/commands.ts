import type { LabCalls } from '../../../workers/labCalls';
import type { LabRecord } from '../../lab/results/record';
import { modelName } from '../../lab/results/modelName';
import { parseSettings } from './settings';
import { EMPTY_SIDE, type SideState } from '../store/generation';
import { canStart } from '../store/lab';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';

type TextRequest = LabCalls['generate']['params'];

/** Generates text with the baseline, then with the record's codec, from the same prompt and seed. */
export async function startGeneration(page: Page, record: LabRecord): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { generation } = page;
  try {
    const settings = parseSettings(generation.getState().settings);
    const base = { ...settings, model: modelName(record.model), scope: record.scope, rest: record.rest };
    generation.setState({
      shown: record.codec.spec,
      shownPrompt: settings.prompt,
      baseline: EMPTY_SIDE,
      codec: EMPTY_SIDE,
    });
    await runActivity(page, 'generate', async ({ signal }) => {
      await generateSide(page, 'baseline', base, signal);
      await generateSide(
        page,
        'codec',
        { ...base, ...calibrationOf(record), codec: record.codec.spec, base: record.codec.base },
        signal,
      );
    });
  } catch (error) {
    showError(page, error, 'Text generation');
  } finally {
    generation.setState((s) => ({ baseline: ended(s.baseline), codec: ended(s.codec) }));
  }
}

/** Returns the record's calibration, so that the codec produces the same artefact again. */
function calibrationOf({ codec: { calibration } }: LabRecord): Pick<TextRequest, 'calibration' | 'context'> {
  if (!calibration) return {};
  const { dataset: data, windows, context } = calibration;
  return { calibration: { data, windows, draws: 1 }, ...(context !== undefined && { context }) };
}

/** Generates the text of one side and shows it token by token. */
async function generateSide(
  page: Page,
  side: 'baseline' | 'codec',
  request: TextRequest,
  signal: AbortSignal,
): Promise<void> {
  const update = (change: (old: SideState) => Partial<SideState>) =>
    page.generation.setState((s) => ({ [side]: { ...s[side], ...change(s[side]) } }));
  update(() => ({ state: 'running' }));
  const onProgress = (token: string): void => update((old) => ({ tokens: [...old.tokens, token] }));
  const { tokensPerSecond } = await page.client.call('generate', request, { signal, onProgress });
  update(() => ({ state: 'done', tokensPerSecond }));
}

function ended(side: SideState): SideState {
  return side.state === 'running' ? { ...side, state: 'done' } : side;
}
