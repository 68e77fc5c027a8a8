import { fixed } from '../../base/format';
import { useGeneration } from '../app/usePage';
import type { SideState } from '../store/generation';
import { divergence } from './settings';

/** Shows both texts side by side. The text after the first differing token is tinted and underlined. */
export function TextComparison() {
  const shown = useGeneration((s) => s.shown);
  const baseline = useGeneration((s) => s.baseline);
  const codec = useGeneration((s) => s.codec);
  if (shown === null) return null;
  const split = divergence(baseline.tokens, codec.tokens);
  return (
    <>
      <div className="sides">
        <GeneratedTextView title="float32 baseline" side={baseline} split={split} />
        <GeneratedTextView title={shown} side={codec} split={split} />
      </div>
      <p className="soft" role="status">
        {comparisonText(baseline, codec, split)}
      </p>
    </>
  );
}

function comparisonText(baseline: SideState, codec: SideState, split: number): string {
  if (Number.isFinite(split)) return `The texts differ from token ${split + 1} on.`;
  const finished = baseline.state === 'done' && codec.state === 'done';
  return finished && baseline.tokens.length === codec.tokens.length ? 'Both texts are identical.' : '';
}

function GeneratedTextView({ title, side, split }: { title: string; side: SideState; split: number }) {
  const prompt = useGeneration((s) => s.shownPrompt);
  const same = side.tokens.slice(0, split).join('');
  const other = side.tokens.slice(split).join('');
  return (
    <article className="side" aria-busy={side.state === 'running'}>
      <h3>
        <code>{title}</code>
        {side.tokensPerSecond !== null && (
          <span className="soft"> {fixed(side.tokensPerSecond, 1)} tokens/s</span>
        )}
      </h3>
      <p className="generated">
        <span className="soft">{prompt}</span>
        {same}
        {other && <ins>{other}</ins>}
        {side.state === 'running' && <span className="caret" aria-hidden="true" />}
        {side.state === 'waiting' && <span className="soft">Waiting for the other text</span>}
      </p>
    </article>
  );
}
