import { defineConfig } from 'vitest/config';
import { define } from './vite.config.ts';

/** Two projects: pure logic, and kernels on Dawn (one process each file would open the GPU again and again). */
export default defineConfig({
  define,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,cli,workers,scripts}/**/*.test.{ts,mjs}'],
          exclude: ['**/*.gpu.test.ts'],
          // Some recompute a published figure by float64 loops: seconds, and more on a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'gpu',
          // After the others, where both projects run: they share no workers.
          sequence: { groupOrder: 1 },
          include: ['{src,cli}/**/*.gpu.test.ts'],
          globalSetup: ['./src/testing/adapter.setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          pool: 'forks',
        },
      },
    ],
  },
});
