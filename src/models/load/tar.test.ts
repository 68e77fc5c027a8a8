import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { concatenate } from '../../base/concatenate';
import { tarOfFolder } from './tar';

const content = (length: number, fill: number) => new Uint8Array(length).fill(fill);

test('tar lists and unpacks a folder whose weights are written in parts', async () => {
  const folder = {
    files: new Map([['config.json', content(700, 65)]]),
    weightsBytes: 1500,
    async *weights() {
      yield content(1000, 66);
      yield content(500, 67);
    },
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of tarOfFolder('m=1', folder)) chunks.push(chunk);
  const input = concatenate(Uint8Array, chunks);
  expect(input.length % 512).toBe(0);
  const tar = (...args: string[]) => execFileSync('tar', args, { input });
  expect(tar('-tf', '-').toString().split(/\r?\n/)).toEqual(['m=1/config.json', 'm=1/model.safetensors', '']);
  expect(tar('-xOf', '-', 'm=1/model.safetensors').toString()).toBe('B'.repeat(1000) + 'C'.repeat(500));
});
