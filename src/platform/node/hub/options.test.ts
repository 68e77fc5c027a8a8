import { expect, test } from 'vitest';
import { LabError } from '../../../base/errors';
import { DEFAULT_HUB } from '../../../models/hub/origin';
import { commandHub, originOf } from './options';

test.each([
  [{}, DEFAULT_HUB],
  [{ BITCURVE_HUB: '' }, DEFAULT_HUB],
  [{ BITCURVE_HUB: 'https://mirror.example/,https://cdn.example' }, 'https://mirror.example'],
  [{ HF_ENDPOINT: 'http://localhost:8080' }, 'http://localhost:8080'],
  [{ BITCURVE_HUB: 'https://a.example', HF_ENDPOINT: 'https://b.example' }, 'https://a.example'],
])('the hub of %j is %s', (environment, origin) => expect(originOf(environment)).toBe(origin));

test.each([
  'mirror.example',
  'file:///models',
  'https://user:secret@mirror.example',
  'https://mirror.example/models',
  'https://mirror.example?x',
])('the origin %s is refused', (value) => {
  expect(() => originOf({ BITCURVE_HUB: value })).toThrow(LabError);
  expect(() => originOf({ BITCURVE_HUB: value })).toThrow(/not the origin of a hub/);
});

test('reads the token from the environment at every call and ignores an empty one', () => {
  const environment: Record<string, string> = { HF_TOKEN: 'hf_secret' };
  const hub = commandHub(environment);
  expect(hub.token?.()).toBe('hf_secret');
  environment.HF_TOKEN = '';
  expect(hub.token?.()).toBeUndefined();
});
