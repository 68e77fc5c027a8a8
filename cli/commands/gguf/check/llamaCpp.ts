import type { Browser, Page } from 'playwright';
import { Cancelled, LabError } from '../../../../src/base/errors';
import { peakResidentBytes } from '../../../../src/platform/node/peakMemory';
import { serveModel } from './server';

/** Containers run as root, where Chromium's sandbox cannot start. */
const BROWSER_ARGUMENTS = ['--no-sandbox'];

/** The functions that cli/commands/gguf/check/page.html defines. */
interface LlamaPage {
  llamaLoad(options: Record<string, unknown>): Promise<{ version: string; vocabulary: number }>;
  llamaComplete(request: Record<string, unknown>): Promise<Completion>;
}

interface Completion {
  choices: { logprobs: { content: { id: number; logprob: number }[] } | null }[];
  usage: { prompt_tokens: number };
  timings?: Timings;
}

/** Times that only some builds of llama.cpp report. */
interface Timings {
  prompt_per_token_ms?: number | null;
  predicted_per_token_ms?: number | null;
}

/** The times of a token in milliseconds: of the prompt, which is computed at once, and of each after it. Null if none was reported. */
export interface TokenTimes {
  prompt: number | null;
  generated: number | null;
}

/** Returns the times of a token; null for those that are absent or not finite. */
export function tokenTimes(timings: Timings | undefined): TokenTimes {
  const finite = (given: number | null | undefined) => (Number.isFinite(given) ? given! : null);
  return {
    prompt: finite(timings?.prompt_per_token_ms),
    generated: finite(timings?.predicted_per_token_ms),
  };
}

export interface Scored {
  /** Number of tokens into which llama.cpp splits the prompt. */
  promptTokens: number;
  ids: number[];
  /** Natural logarithm of each token's probability over the whole vocabulary. */
  logprobs: number[];
}

/** A model in llama.cpp: the WebAssembly build of wllama in headless Chromium, on one CPU thread. */
export class LlamaCpp {
  readonly version: string;
  private readonly session: Session;

  private constructor(session: Session, version: string) {
    this.session = session;
    this.version = version;
  }

  /**
   * Runs `work` with the model of a GGUF file and a float32 key/value cache.
   * @param chromium path of the browser
   * @param context size of llama.cpp's context in tokens
   * @throws LabError bad-file with llama.cpp's message if it refuses the file; Cancelled
   */
  static async with<T>(
    file: string,
    chromium: string,
    context: number,
    signal: AbortSignal,
    work: (llama: LlamaCpp) => Promise<T>,
  ): Promise<T> {
    const served = await serveModel(file);
    let browser: Browser | undefined;
    const stop = () => void browser?.close();
    signal.addEventListener('abort', stop);
    try {
      browser = await launch(chromium);
      if (signal.aborted) throw new Cancelled();
      const session = await openSession(browser, served.url);
      return await work(new LlamaCpp(session, await load(session, context)));
    } catch (error) {
      throw signal.aborted ? new Cancelled() : error;
    } finally {
      signal.removeEventListener('abort', stop);
      await browser?.close();
      served.close();
    }
  }

  /** Returns the number of tokens into which llama.cpp splits a text. */
  async countTokens(prompt: string): Promise<number> {
    return (await this.complete({ prompt, max_tokens: 1 })).promptTokens;
  }

  /**
   * Returns the log-probabilities of these tokens after the prompt. A grammar of token ids prevents llama.cpp from
   * choosing others.
   */
  async score(prompt: string, ids: readonly number[]): Promise<Scored> {
    const grammar = `root ::= ${ids.map((id) => `<[${id}]>`).join(' ')}`;
    return this.complete({ prompt, max_tokens: ids.length, n_probs: 1, logprobs: 1, grammar });
  }

  /**
   * Returns the milliseconds for each token of the prompt, and for each of `count` tokens after it.
   */
  async time(prompt: string, count: number): Promise<TokenTimes> {
    return (await this.complete({ prompt, max_tokens: count, ignore_eos: true })).times;
  }

  /** Returns the peak resident memory of the process that runs llama.cpp, in bytes; null where the system does not tell it. */
  async peakResidentBytes(): Promise<number | null> {
    const browser = await this.session.page.context().browser()!.newBrowserCDPSession();
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    const peaks = processInfo
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => peakResidentBytes(id) ?? 0);
    return Math.max(0, ...peaks) || null;
  }

  private async complete(request: Record<string, unknown>): Promise<Scored & { times: TokenTimes }> {
    const all = { temperature: 0, cache_prompt: false, ...request };
    const { choices, usage, timings } = await inPage(this.session, (page) =>
      page.evaluate((given) => (window as unknown as LlamaPage).llamaComplete(given), all),
    );
    const content = choices[0]?.logprobs?.content ?? [];
    return {
      promptTokens: usage.prompt_tokens,
      ids: content.map(({ id }) => id),
      logprobs: content.map(({ logprob }) => logprob),
      times: tokenTimes(timings),
    };
  }
}

async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright');
  return chromium.launch({
    executablePath,
    args: BROWSER_ARGUMENTS,
    // The command itself handles Ctrl-C.
    handleSIGINT: false,
    handleSIGTERM: false,
  });
}

/** The page that runs llama.cpp, and its console output so far. */
interface Session {
  page: Page;
  log: string[];
}

async function openSession(browser: Browser, url: string): Promise<Session> {
  const page = await browser.newPage();
  const log: string[] = [];
  page.on('console', (message) => log.push(message.text()));
  await page.goto(url);
  await page.waitForFunction(() => 'llamaLoad' in window);
  return { page, log };
}

/** Loads the model. @returns the version of llama.cpp */
async function load(session: Session, context: number): Promise<string> {
  const options = {
    n_ctx: context,
    n_parallel: 1,
    // Arithmetic on the CPU is the reference; WebGPU would add a second difference.
    n_gpu_layers: 0,
    n_threads: 1,
    flash_attn: false,
    cache_type_k: 'f32',
    cache_type_v: 'f32',
    warmup: false,
  };
  const loaded = await inPage(session, (page) =>
    page.evaluate((given) => (window as unknown as LlamaPage).llamaLoad(given), options),
  );
  return loaded.version;
}

/** Runs `work` in the page; a failure becomes an error with llama.cpp's own message. */
async function inPage<T>({ page, log }: Session, work: (page: Page) => Promise<T>): Promise<T> {
  try {
    return await work(page);
  } catch (error) {
    throw refusal(log, error as Error);
  }
}

/** Returns an error with the first line in which llama.cpp reports a failure; later failures follow from it. */
function refusal(log: readonly string[], error: Error): LabError {
  const said = log.find((line) => /error loading model|failed to load|error:/i.test(line));
  const why = (said ?? error.message.split('\n')[0]).trim().slice(0, 300);
  return new LabError(
    'bad-file',
    `llama.cpp cannot run the file: ${why}`,
    'Export it again; if the error persists, report it together with the model.',
    error,
  );
}
