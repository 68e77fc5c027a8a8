import { test } from 'vitest';
import { readCheckpoint } from '../testing/checkpoint';
import { testGpu } from '../testing/gpu';
import { sharedPath } from '../testing/shared';
import { Forward } from './forward';
import { wholeView } from './ops/context';
import { denseWeights } from './weights';
test('prof', async () => {
  const gpu = await testGpu();
  for (const [name, sequences, length] of [
    ['stories260K', 8, 128],
    ['stories15M', 2, 256],
    ['gpt2-tinystories', 4, 128],
    ['vit-cifar10', 16, 0],
  ] as const) {
    const c = readCheckpoint(sharedPath(`models/${name}`));
    const weights = await denseWeights(gpu, c);
    const f = await Forward.create(gpu, c.shape, weights, { sequences, length });
    const tokens = sequences * (c.shape.image?.tokens ?? length);
    const input = c.shape.image
      ? new Float32Array(sequences * 3 * 32 * 32).fill(0.3)
      : Uint32Array.from({ length: tokens }, (_, i) => (i * 37) % c.shape.vocabulary);
    await f.run(input);
    await gpu.stream.idle();
    let t = performance.now();
    await f.run(input);
    await gpu.stream.idle();
    const total = performance.now() - t;
    const commands = (f as unknown as { recorder: { commands: { label: string; cost: number }[] } }).recorder
      .commands;
    const r = gpu.recorder();
    const N = Math.min(c.shape.program.head.outputs, 8192);
    const out = gpu.buffers.allocate(4 * f.rows * N, 'l');
    await f.recordHead(r, wholeView(out, N), { firstRow: 0, rows: N });
    await gpu.stream.run(r.commands);
    await gpu.stream.idle();
    t = performance.now();
    await gpu.stream.run(r.commands);
    await gpu.stream.idle();
    const head = ((performance.now() - t) * c.shape.program.head.outputs) / N;
    console.log(
      `${name} ${sequences}x${length}: body ${total.toFixed(0)} ms, head ${head.toFixed(0)} ms → ${((tokens / (total + head)) * 1000).toFixed(0)} tokens/s; head ${((2 * f.rows * c.shape.program.head.outputs * c.shape.width) / head / 1e6).toFixed(1)} GF/s, commands ${commands.length}`,
    );
    const groups = new Map<string, typeof commands>();
    for (const k of commands) groups.set(k.label, [...(groups.get(k.label) ?? []), k]);
    for (const [label, list] of groups) {
      let best = 1e9;
      for (let i = 0; i < 2; i++) {
        t = performance.now();
        await gpu.stream.run(list as never);
        await gpu.stream.idle();
        best = Math.min(best, performance.now() - t);
      }
      const cost = list.reduce((s, k) => s + k.cost, 0);
      console.log(
        `   ${label.padEnd(50)} ${String(list.length).padStart(4)} ${best.toFixed(1)} ms  ${(cost / best / 1e6).toFixed(1)} G/s`,
      );
    }
    gpu.buffers.release(out);
    r.dispose();
    f.dispose();
    weights.dispose();
  }
}, 300000);
