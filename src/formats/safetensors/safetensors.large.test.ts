import { expect, test } from 'vitest';
import { readTensors } from '../../testing/checkpoint';
import { describeLarge } from '../../testing/large';
import { toFloat32 } from './read';

describeLarge('models/gpt2-attention', (folder) => {
  test('float16 files of the reference writer can be read', () => {
    const query = toFloat32(readTensors(`${folder}/model.safetensors`).get('h.0.attn.query.weight')!);
    expect(query.length).toBe(768 * 768);
    expect(query.every((x) => Number.isFinite(x) && Math.abs(x) < 8)).toBe(true);
  });
});
