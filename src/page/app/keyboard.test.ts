import { describe, expect, it } from 'vitest';
import { ACTIONS, actionFor } from './keyboard';

const press = (key: string, over = {}) =>
  actionFor({ key, ctrlKey: false, metaKey: false, altKey: false, target: null, ...over })?.id;
const typing = { target: { closest: (s: string) => s.includes('input') } as unknown as EventTarget };

describe('shortcuts', () => {
  it('have distinct keys', () => expect(new Set(ACTIONS.map((a) => a.key)).size).toBe(ACTIONS.length));
  it('ignore case', () => expect([press('r'), press('R'), press('?')]).toEqual(['run', 'run', 'shortcuts']));
  it('do not replace browser shortcuts', () => expect(press('r', { ctrlKey: true })).toBeUndefined());
  it('are ignored in text fields, except Escape', () => {
    expect(press('r', typing)).toBeUndefined();
    expect(press('Escape', typing)).toBe('stop');
  });
});
