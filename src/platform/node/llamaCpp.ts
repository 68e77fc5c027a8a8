import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabError } from '../../base/errors';
import type { PerplexityPeer } from '../../lab/studies/cpuPeers';
import { exportGguf } from '../../models/gguf/export';
import { fileType } from '../../models/gguf/fileTypes';
import type { Model } from '../../models/model';
import { writeWhole } from './writeFile';

/** The part of node-llama-cpp 3.21.1 that is used; tokens are numbers there, too. */
interface LlamaModule {
  getLlama(options: object): Promise<Llama>;
}
interface Llama {
  llamaCppRelease: { release: string };
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
  dispose(): Promise<void>;
}
interface LlamaModel {
  createContext(options: object): Promise<LlamaContext>;
}
interface LlamaContext {
  getSequence(): LlamaSequence;
}
interface LlamaSequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(input: readonly [token: number, options: object][]): Promise<(Output | undefined)[]>;
}
interface Output {
  next: { probabilities?: Map<number, number> };
}

/** Windows that llama.cpp evaluates in one batch, as our own evaluation does. */
const SEQUENCES = 4;
/** Makes llama.cpp compute the logits of a token; the cheapest use that the package offers is the largest of them. */
const LOGITS = { generateNext: { token: true, options: { temperature: 0 } } };
const PROBABILITIES = {
  generateNext: { probabilities: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } },
};

/**
 * Opens llama.cpp on the CPU for a model, in float32 and with a float32 cache. The caller disposes of it.
 * @param folder where `npm install node-llama-cpp@3.21.1` was run
 * @throws LabError unsupported if it is not installed there
 */
export async function openLlamaCpp(
  folder: string,
  model: Model,
  { context, threads }: { context: number; threads: number },
): Promise<PerplexityPeer> {
  const module = await loadModule(folder);
  const temporary = await mkdtemp(join(tmpdir(), 'bitcurve-llama-'));
  try {
    const llama = await module.getLlama({
      gpu: false,
      build: 'never',
      logLevel: 'error',
      maxThreads: threads,
    });
    const modelPath = join(temporary, 'model.gguf');
    const { bytes } = await exportGguf(model, {
      type: fileType('F32'),
      name: model.id,
      sourceSha256: model.sha256,
    });
    await writeWhole(modelPath, bytes);
    const loaded = await llama.loadModel({ modelPath });
    const opened = await loaded.createContext({
      ...{ contextSize: context, sequences: SEQUENCES, batchSize: SEQUENCES * context, threads },
      ...{ experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32', flashAttention: false },
    });
    const sequences = Array.from({ length: SEQUENCES }, () => opened.getSequence());
    return {
      name: `llama.cpp ${llama.llamaCppRelease.release} (node-llama-cpp, CPU)`,
      evaluate: (windows) => evaluate(sequences, windows),
      meanLoss: (window) => meanLoss(sequences[0], window),
      async dispose() {
        await llama.dispose();
        await rm(temporary, { recursive: true });
      },
    };
  } catch (error) {
    await rm(temporary, { recursive: true });
    throw error;
  }
}

async function loadModule(folder: string): Promise<LlamaModule> {
  const entry = resolve(folder, 'node_modules/node-llama-cpp/dist/index.js');
  try {
    return (await import(pathToFileURL(entry).href)) as LlamaModule;
  } catch (error) {
    throw new LabError(
      'unsupported',
      `${folder} has no node-llama-cpp that can be loaded: ${String(error)}`,
      'Run `npm install node-llama-cpp@3.21.1` in that folder.',
      error,
    );
  }
}

async function evaluate(sequences: readonly LlamaSequence[], windows: readonly Uint32Array[]): Promise<void> {
  for (let first = 0; first < windows.length; first += sequences.length)
    await Promise.all(
      windows.slice(first, first + sequences.length).map(async (window, i) => {
        await sequences[i].clearHistory();
        await sequences[i].controlledEvaluate(Array.from(window, (id) => [id, LOGITS]));
      }),
    );
}

/** Computes the mean loss of the tokens of a window after the first, in nats. */
async function meanLoss(sequence: LlamaSequence, window: Uint32Array): Promise<number> {
  await sequence.clearHistory();
  const outputs = await sequence.controlledEvaluate(Array.from(window, (id) => [id, PROBABILITIES]));
  let sum = 0;
  for (let t = 1; t < window.length; t++)
    sum -= Math.log(outputs[t - 1]?.next.probabilities?.get(window[t]) ?? NaN);
  return sum / (window.length - 1);
}
