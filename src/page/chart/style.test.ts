import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codecMetas } from '../../codecs/contract/registry';
import { codecStyle, familyOf } from './style';

const ids = [...codecMetas.keys()];

it('all codecs look different, and a family has one colour', () => {
  const looks = ids.map((id) => Object.values(codecStyle(id)).join(' '));
  expect(new Set(looks).size).toBe(ids.length);
  const colours = new Map(ids.map((id) => [familyOf(id), codecStyle(id).variable]));
  for (const id of ids) expect(codecStyle(id).variable).toBe(colours.get(familyOf(id)));
});

it('the codecs of the default plan have fixed shapes', () => {
  const shapes = ['rtn', 'float16', 'nf4', 'ternary', 'int8-outlier-columns'].map(
    (id) => codecStyle(id).shape,
  );
  expect(shapes).toEqual(['circle', 'square', 'diamond', 'triangle-up', 'cross']);
});

it('every colour is defined', () => {
  const css = readFileSync('src/page/styles/tokens.css', 'utf8');
  for (const id of ids) expect(css).toContain(`${codecStyle(id).variable}:`);
});
