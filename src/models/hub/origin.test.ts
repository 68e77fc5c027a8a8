import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { DEFAULT_HUB, hubOrigin, isHubId, splitHubId } from './origin';

describe('model names on the hub', () => {
  test.each([
    ['distilbert/distilgpt2', { id: 'distilbert/distilgpt2' }],
    ['TinyLlama/TinyLlama-1.1B-Chat-v1.0', { id: 'TinyLlama/TinyLlama-1.1B-Chat-v1.0' }],
    ['a/b', { id: 'a/b' }],
    ['google/vit@refs/pr/1', { id: 'google/vit', revision: 'refs/pr/1' }],
    [
      'owner/name@2290a62682d06624634c1f46a6ad5be0f47f38aa',
      { id: 'owner/name', revision: '2290a62682d06624634c1f46a6ad5be0f47f38aa' },
    ],
  ])('%s', (name, parts) => {
    expect(isHubId(name)).toBe(true);
    expect(splitHubId(name)).toEqual(parts);
  });

  test.each([
    ...[
      'gpt2',
      '',
      '/',
      'a/',
      '/b',
      'a/b/c',
      './model',
      '../model',
      'a/..',
      '~/model',
      'C:\\a/b',
      '/models/model',
    ],
    ...[
      'a b/c',
      'a/b--c',
      'a/b..c',
      'a/-b',
      'a/b-',
      'a/b.git',
      `a/${'b'.repeat(97)}`,
      'a/b?x',
      'a/b#x',
      'a/bü',
    ],
    ...['a/b@', 'a/b@../x', 'a/b@x//y', 'a/b@x/', 'a/b@x@y', 'a/b@-x', 'a/b\n', 'https://huggingface.co/a/b'],
  ])('%j is not a name', (name) => {
    expect(isHubId(name)).toBe(false);
    expect(() => splitHubId(name)).toThrow(LabError);
  });
});

test('the default hub is Hugging Face', () => expect(hubOrigin()).toBe(DEFAULT_HUB));
