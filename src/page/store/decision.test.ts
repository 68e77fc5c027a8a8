import { expect, test } from 'vitest';
import { createDecisionStore, decisionText, setDecision } from './decision';

test('a decision is written as it is read, and an empty text removes a parameter', () => {
  const text = 'max-increase=0.5;prefer=price;prices=T4=0.35,mine=1.2';
  const store = createDecisionStore(text);
  expect(store.getState().values).toEqual({
    'max-increase': '0.5',
    prefer: 'price',
    prices: 'T4=0.35,mine=1.2',
  });
  expect(decisionText(store.getState().values)).toBe(text);
  setDecision(store, 'prefer', '');
  setDecision(store, 'max-bytes', '5MB');
  expect(decisionText(store.getState().values)).toBe(
    'max-increase=0.5;prices=T4=0.35,mine=1.2;max-bytes=5MB',
  );
  expect(decisionText(createDecisionStore('').getState().values)).toBe('');
});
