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
])('%j asks %s', (environment, origin) => expect(originOf(environment)).toBe(origin));

test.each([
  'mirror.example',
  'file:///models',
  'https://user:secret@mirror.example',
  'https://mirror.example/models',
  'https://mirror.example?x',
])('an origin of %s is refused', (value) => {
  expect(() => originOf({ BITCURVE_HUB: value })).toThrow(LabError);
  expect(() => originOf({ BITCURVE_HUB: value })).toThrow(/not the origin of a hub/);
});

test('a token comes from the environment each time it is asked for, and an empty one is none', () => {
  const environment: Record<string, string> = { HF_TOKEN: 'hf_secret' };
  const hub = commandHub(environment);
  expect(hub.token?.()).toBe('hf_secret');
  environment.HF_TOKEN = '';
  expect(hub.token?.()).toBeUndefined();
});
