import { expect, test } from 'vitest';
import { createValuesStore, parseValues, setValue, setValues, undo, valuesText } from './values';

test('values are written as they are read, and a default is not written', () => {
  const text = 'max-increase=0.5;prefer=price;prices=T4=0.35,mine=1.2';
  const store = createValuesStore(text);
  expect(store.getState().values).toEqual({
    'max-increase': '0.5',
    prefer: 'price',
    prices: 'T4=0.35,mine=1.2',
  });
  expect(valuesText(store.getState().values)).toBe(text);
  setValue(store, 'prefer', '');
  setValue(store, 'max-bytes', '5MB');
  expect(valuesText(store.getState().values)).toBe('max-increase=0.5;prices=T4=0.35,mine=1.2;max-bytes=5MB');
  expect(valuesText(createValuesStore('').getState().values)).toBe('');
  setValue(store, 'prompt', 'Once', 'Once');
  expect(store.getState().values).not.toHaveProperty('prompt');
  setValue(store, 'prompt', '', 'Once');
  expect(store.getState().values.prompt).toBe('');
});

test('a value may hold the signs that separate values', () => {
  const values = { prompt: 'a; b = 50 % of c %3B', seed: '1' };
  expect(valuesText(values)).toBe('prompt=a%3B b = 50 %25 of c %253B;seed=1');
  expect(parseValues(valuesText(values))).toEqual(values);
});

test('Undo takes back changes one by one, those made together at once', () => {
  const store = createValuesStore('left=rtn(bits=4)');
  setValues(store, { left: 'nf4', right: 'rtn(bits=4)' });
  setValue(store, 'left', 'fp4');
  undo(store);
  expect(store.getState().values).toEqual({ left: 'nf4', right: 'rtn(bits=4)' });
  undo(store);
  expect(store.getState()).toEqual({ values: { left: 'rtn(bits=4)' }, past: [] });
  undo(store);
  expect(store.getState().values).toEqual({ left: 'rtn(bits=4)' });
});
