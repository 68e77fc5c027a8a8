import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { define } from './vite.config.ts';

/** How files are run whose tests open a GPU: one process each file would open it again and again. */
const ON_GPU = {
  // After the others, where several projects run: they share no workers.
  sequence: { groupOrder: 1 },
  globalSetup: ['./src/testing/adapter.setup.ts'],
  setupFiles: ['./src/testing/arrays.setup.ts', './src/testing/leaks.setup.ts'],
  testTimeout: 240_000,
  hookTimeout: 240_000,
  maxWorkers: 2,
  pool: 'forks' as const,
  // Files share a GPU and what is compiled on it.
  isolate: false,
};

/** Three projects: pure logic, kernels on Dawn, and what needs fixtures too large for the repository (fixtures/README.md). */
export default defineConfig({
  define,
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,cli,workers,scripts}/**/*.test.{ts,mjs}'],
          exclude: ['**/*.{gpu,large}.test.ts'],
          setupFiles: ['./src/testing/arrays.setup.ts'],
          // Some recompute a published figure by float64 loops: seconds, and more on a busy machine.
          testTimeout: 180_000,
          // By default Vitest leaves one core out; of two that is half.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Loading the same modules for each of two hundred files took a third of the time.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'gpu', include: ['{src,cli}/**/*.gpu.test.ts'], ...ON_GPU } },
      { extends: true, test: { name: 'large', include: ['{src,cli}/**/*.large.test.ts'], ...ON_GPU } },
    ],
  },
});
