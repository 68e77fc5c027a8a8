import { useEffect } from 'react';
import { GLOSSARY } from './glossary';

interface DefinitionProps {
  id: string;
  /** Called when the text is there, so that the tooltip can be placed by its size. */
  onShown: () => void;
}

/** The content of a term's tooltip, loaded when the first one opens. */
export function Definition({ id, onShown }: DefinitionProps) {
  useEffect(onShown);
  const { term, definition } = GLOSSARY[id];
  return (
    <>
      <strong>{term}</strong> {definition}
    </>
  );
}
