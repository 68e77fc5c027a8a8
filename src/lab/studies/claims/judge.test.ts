import { expect, test } from 'vitest';
import { judge, judgementText } from './judge';

const figure = (value: number, ci95?: [number, number]) => ({
  text: String(value),
  value,
  ...(ci95 && { ci95 }),
});

test('a claimed value is reproduced within its tolerance or inside our interval', () => {
  expect(judge({ claimed: 4.08, within: 0.01 }, [figure(4.0815)])).toBe('reproduced');
  expect(judge({ claimed: 4.08, within: 0.01 }, [figure(4.2)])).toBe('refuted');
  expect(judge({ claimed: 4.1, within: 0.01 }, [figure(5, [3.8, 6.2])])).toBe('reproduced');
  expect(judge({ claimed: 0, within: 0.01 }, [figure(5, [3.8, 6.2])])).toBe('refuted');
});

test('a bound inside our interval is not decided', () => {
  expect(judge({ atMost: 10 }, [figure(5, [3.8, 6.2])])).toBe('reproduced');
  expect(judge({ atMost: 5 }, [figure(5, [3.8, 6.2])])).toBe('not comparable');
  expect(judge({ atMost: 3 }, [figure(5, [3.8, 6.2])])).toBe('refuted');
  expect(judge({ atLeast: 21.9 }, [figure(0.373)])).toBe('refuted');
  expect(judge({ atLeast: 0.7 }, [figure(0.8194)])).toBe('reproduced');
});

test('a claim without a figure, or one that no figure decides, stays undecided', () => {
  expect(judge({ atMost: 1 }, [])).toBe('out of reach');
  expect(judge({ verdict: 'not comparable' }, [figure(1)])).toBe('not comparable');
});

test('text decides nothing, and is no refutation', () => {
  const text = { text: 'unsure', value: NaN };
  expect(() => judge({ atMost: 1 }, [text])).toThrow(/"unsure" decides nothing/);
  expect(judge({ atMost: 1 }, [figure(0), text])).toBe('reproduced');
  expect(judge({ verdict: 'not comparable' }, [text])).toBe('not comparable');
});

test('the rule is said in words', () => {
  expect(judgementText({ claimed: 3, within: 0.05 })).toBe('within 5 %');
  expect(judgementText({ claimed: 3, within: 1 / 6 })).toBe('within 16.7 %');
  expect(judgementText({ claimed: 2, within: 0 })).toBe('equal');
  expect(judgementText({ atMost: 8.4e-13 })).toBe('at most 8.4e−13');
  expect(judgementText({ atLeast: 60 })).toBe('at least 60');
  expect(judgementText({ rising: true })).toBe('each above the one before');
  expect(judgementText({ verdict: 'out of reach' })).toBeUndefined();
});

test('a trend holds if the figures rise in their order', () => {
  expect(judge({ rising: true }, [figure(6.4), figure(8.24), figure(8.87)])).toBe('reproduced');
  expect(judge({ rising: true }, [figure(6.4), figure(8.24), figure(8.2)])).toBe('refuted');
});
