import type { Browser, Page } from 'playwright';
import { Cancelled, LabError } from '../../../../src/base/errors';
import { serveModel } from './server';

/** Containers run as root, where Chromium's sandbox cannot start. */
const BROWSER_ARGUMENTS = ['--no-sandbox'];

/** What cli/commands/gguf/check/page.html offers. */
interface LlamaPage {
  llamaLoad(options: Record<string, unknown>): Promise<{ version: string; vocabulary: number }>;
  llamaComplete(request: Record<string, unknown>): Promise<Completion>;
}

interface Completion {
  choices: { logprobs: { content: { id: number; logprob: number }[] } | null }[];
  usage: { prompt_tokens: number };
  timings?: Timings;
}

/** Builds of llama.cpp differ in whether they give this. */
interface Timings {
  predicted_per_token_ms?: number | null;
}

/** The time of a token in milliseconds; null for none, and for no finite number. */
export function msPerToken(timings: Timings | undefined): number | null {
  const given = timings?.predicted_per_token_ms;
  return Number.isFinite(given) ? given! : null;
}

export interface Scored {
  /** How many tokens llama.cpp reads the prompt as. */
  promptTokens: number;
  ids: number[];
  /** Natural logarithm of each token's probability over the whole vocabulary. */
  logprobs: number[];
}

/** A model in llama.cpp: the WebAssembly build of wllama on one thread of the processor, in headless Chromium. */
export class LlamaCpp {
  readonly version: string;
  private readonly session: Session;

  private constructor(session: Session, version: string) {
    this.session = session;
    this.version = version;
  }

  /**
   * Runs `work` with the model of a GGUF file, key/value cache in float32.
   * @param chromium path of the browser
   * @param context tokens llama.cpp has room for
   * @throws LabError bad-file with llama.cpp's own line when it refuses the file; Cancelled
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

  /** How many tokens llama.cpp reads a text as. */
  async countTokens(prompt: string): Promise<number> {
    return (await this.complete({ prompt, max_tokens: 1 })).promptTokens;
  }

  /** Log-probabilities of these very tokens after the prompt: a grammar of token numbers lets llama.cpp choose no others. */
  async score(prompt: string, ids: readonly number[]): Promise<Scored> {
    const grammar = `root ::= ${ids.map((id) => `<[${id}]>`).join(' ')}`;
    return this.complete({ prompt, max_tokens: ids.length, n_probs: 1, logprobs: 1, grammar });
  }

  /** Milliseconds for each of `count` tokens after the prompt, prompt excluded; null where llama.cpp does not say. */
  async time(prompt: string, count: number): Promise<number | null> {
    return (await this.complete({ prompt, max_tokens: count, ignore_eos: true })).msPerToken;
  }

  private async complete(request: Record<string, unknown>): Promise<Scored & { msPerToken: number | null }> {
    const all = { temperature: 0, cache_prompt: false, ...request };
    const { choices, usage, timings } = await asked(this.session, (page) =>
      page.evaluate((given) => (window as unknown as LlamaPage).llamaComplete(given), all),
    );
    const content = choices[0]?.logprobs?.content ?? [];
    return {
      promptTokens: usage.prompt_tokens,
      ids: content.map(({ id }) => id),
      logprobs: content.map(({ logprob }) => logprob),
      msPerToken: msPerToken(timings),
    };
  }
}

async function launch(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright');
  return chromium.launch({
    executablePath,
    args: BROWSER_ARGUMENTS,
    // Ctrl-C is answered by the command.
    handleSIGINT: false,
    handleSIGTERM: false,
  });
}

/** The page that runs llama.cpp, and what it said so far. */
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

/** @returns llama.cpp's version */
async function load(session: Session, context: number): Promise<string> {
  const options = {
    n_ctx: context,
    n_parallel: 1,
    // The processor's arithmetic is the reference; WebGPU would add a second difference.
    n_gpu_layers: 0,
    n_threads: 1,
    flash_attn: false,
    cache_type_k: 'f32',
    cache_type_v: 'f32',
    warmup: false,
  };
  const loaded = await asked(session, (page) =>
    page.evaluate((given) => (window as unknown as LlamaPage).llamaLoad(given), options),
  );
  return loaded.version;
}

/** What a page answers, or llama.cpp's own words when it fails. */
async function asked<T>({ page, log }: Session, question: (page: Page) => Promise<T>): Promise<T> {
  try {
    return await question(page);
  } catch (error) {
    throw refusal(log, error as Error);
  }
}

/** The line in which llama.cpp says what it does not like: failures of reading come before those that follow from them. */
function refusal(log: readonly string[], error: Error): LabError {
  const said = log.find((line) => /error loading model|failed to load|error:/i.test(line));
  const why = (said ?? error.message.split('\n')[0]).trim().slice(0, 300);
  return new LabError(
    'bad-file',
    `llama.cpp does not run the file: ${why}`,
    'Export it again; if it stays so, report this with the model.',
    error,
  );
}
