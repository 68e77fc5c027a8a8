import { useEffect, useRef } from 'react';
import { GLOSSARY } from './glossary';

/** Lists all terms. An address such as `#term=perplexity` opens the list at that term. */
export function GlossaryPanel() {
  const panel = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const showTerm = (): void => {
      const target = location.hash.startsWith('#term=') && document.getElementById(location.hash.slice(1));
      if (!target || !panel.current) return;
      panel.current.open = true;
      target.scrollIntoView({ block: 'center' });
    };
    showTerm();
    addEventListener('hashchange', showTerm);
    return () => removeEventListener('hashchange', showTerm);
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
