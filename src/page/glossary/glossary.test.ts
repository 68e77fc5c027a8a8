import { describe, expect, it } from 'vitest';
import { codecMetas } from '../../codecs/contract/registry';
import { SETTINGS } from '../generate/settings';
import { COLUMNS } from '../table/columns';
import { GLOSSARY } from './glossary';

describe('glossary', () => {
  const used = [
    ...[...codecMetas.values()].flatMap((m) => m.options.map((o) => o.term)),
    ...SETTINGS.map((s) => s.term),
    ...COLUMNS.map((c) => c.term),
  ].filter((term) => term !== undefined);

  it.each([...new Set(used)])('defines "%s"', (term) => expect(GLOSSARY[term]?.definition).toMatch(/\.$/));
});
