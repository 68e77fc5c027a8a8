import { useEffect, useRef } from 'react';
import { GLOSSARY } from './glossary';

/** Lists all terms; the address `#term=perplexity` opens the list at that term. */
export function GlossaryPanel() {
  const panel = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const follow = (): void => {
      const target = location.hash.startsWith('#term=') && document.getElementById(location.hash.slice(1));
      if (!target || !panel.current) return;
      panel.current.open = true;
      target.scrollIntoView({ block: 'center' });
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const entries = Object.entries(GLOSSARY).sort(([, a], [, b]) => a.term.localeCompare(b.term));
  return (
    <details className="panel fold" ref={panel}>
      <summary>
        <h2>Glossary</h2>
      </summary>
      <dl className="glossary">
        {entries.map(([id, { term, definition }]) => (
          <div key={id} id={`term=${id}`}>
            <dt>
              <a href={`#term=${id}`}>{term}</a>
            </dt>
            <dd>{definition}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
