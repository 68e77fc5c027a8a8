import { describe, expect, it } from 'vitest';
import { codecMetas } from '../../codecs/contract/registry';
import { codecGroups, codesTensors } from './codecGroups';

const idsOf = (groups: ReturnType<typeof codecGroups>) =>
  groups.flatMap(({ codecs }) => codecs.map(({ id }) => id));

describe('the menu of codecs', () => {
  const offered = [...codecMetas.values()].filter(({ needs }) => !needs.timesteps);

  it('lists every codec of the registry once, but for those of diffusion models', () => {
    expect(idsOf(codecGroups()).sort()).toEqual(offered.map(({ id }) => id).sort());
  });
  it('has a group for each family, for wrappers and for assigners', () => {
    const labels = codecGroups().map(({ label }) => label);
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.slice(-2)).toEqual(['Wraps another codec', 'Chooses a codec for each matrix']);
  });
  it('leaves out assigners inside wrappers', () => {
    const inner = idsOf(codecGroups(codesTensors));
    for (const { id, assigns } of offered) expect(inner.includes(id), id).toBe(!assigns);
  });
});
