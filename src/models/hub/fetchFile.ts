import { checkResponse } from './response';
import { parseContentRange, strongTag } from './contentRange';
import { fileUrl } from './fileUrl';
import { sendRequest, type HubResponse, type RequestContext } from './request';
import { PartialFile } from './partialFile';
import type { ModelKey } from './paths';
import { Interrupted, RetryPolicy } from './retry';
import type { HubFile } from './types';
import { mismatch } from './verify';

/** Is informed about the progress of a file. */
export interface FileObserver {
  /** Called when bytes have arrived. @param bytes their number @param size the number of stored bytes of the file */
  arrived(bytes: number, size: number): void;
  /** Called before a pause. @param why the reason as a sentence @param size the number of stored bytes of the file */
  waiting(why: string, size: number): void;
}

/**
 * Downloads one file into the store. It resumes from the stored part and retries after interruptions, timeouts and
 * temporary errors. A file whose checksum differs from that of the hub is deleted and fetched once more. The caller must
 * hold the model's lock.
 * @throws LabError bad-input, network, storage or bad-file; what has arrived is kept; Cancelled
 */
export async function fetchFile(
  context: RequestContext,
  key: ModelKey,
  file: HubFile,
  observer: FileObserver,
): Promise<void> {
  const part = await PartialFile.open(context.hub.store, key, file, context.signal);
  try {
    await complete(context, key, part, observer);
    if (await part.verify()) return;
    observer.waiting(`${file.name} arrived with a wrong checksum and is fetched again.`, 0);
    await complete(context, key, part, observer);
    if (!(await part.verify())) throw mismatch(file.name);
  } finally {
    await part.close();
  }
}

/** Fetches the file until it is complete. */
async function complete(
  context: RequestContext,
  key: ModelKey,
  part: PartialFile,
  observer: FileObserver,
): Promise<void> {
  const retries = new RetryPolicy(part.file.name, context.clock, context.signal, (why) =>
    observer.waiting(why, part.size),
  );
  const transfer = new Transfer(context, key, part, observer);
  let maxSize = part.size;
  while (!part.complete) {
    try {
      await transfer.attempt();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      await retries.afterFailure(error, part.size > maxSize);
      maxSize = Math.max(maxSize, part.size);
    }
  }
}

/** Makes one request after another for the missing part of a file. */
class Transfer {
  /**
   * Whether requests have If-Range. In a browser it needs a CORS preflight, which hosts have refused
   * (https://github.com/huggingface/datasets/issues/7931). Without it, the tag of the response is compared, and the
   * checksum decides.
   */
  private conditional = true;
  /** Whether the next request is for the whole file, because the requested part did not come. */
  private whole = false;

  constructor(
    private readonly context: RequestContext,
    private readonly key: ModelKey,
    private readonly part: PartialFile,
    private readonly observer: FileObserver,
  ) {}

  /** Makes one request. @throws Interrupted unless the file is complete afterwards; LabError; Cancelled */
  async attempt(): Promise<void> {
    const headers = this.headers();
    this.whole = false;
    try {
      await sendRequest(
        this.context,
        fileUrl(this.context.hub, this.key, this.part.file.name),
        headers,
        (answer) => this.receive(answer, 'range' in headers),
      );
    } catch (error) {
      if (error instanceof Interrupted && error.unreachable && 'if-range' in headers)
        this.conditional = false;
      throw error;
    }
  }

  private headers(): Record<string, string> {
    const { size, etag } = this.part;
    if (size === 0 || this.whole) return {};
    const range = { range: `bytes=${size}-` };
    return etag !== undefined && this.conditional ? { ...range, 'if-range': etag } : range;
  }

  private async receive({ response, chunks }: HubResponse, ranged: boolean): Promise<void> {
    const { part } = this;
    if (ranged && response.status === 416)
      throw this.restartWith('the file on the hub is shorter than listed');
    checkResponse(
      response,
      { hub: this.context.hub, ...this.key, file: part.file.name },
      this.context.clock.now(),
    );
    const end = await this.prepare(response, ranged);
    for await (const chunk of chunks) {
      const needed = chunk.subarray(0, end - part.size);
      await part.append(needed);
      this.observer.arrived(needed.byteLength, part.size);
      if (part.size === end) break;
    }
    if (!part.complete) throw new Interrupted('the connection ended early');
  }

  /**
   * Prepares the stored part for the bytes of a response.
   * @returns the offset in the file at which they end at the latest
   */
  private async prepare(response: Response, ranged: boolean): Promise<number> {
    const tag = strongTag(response.headers.get('etag'));
    if (response.status === 206) return this.prepareRange(response, ranged, tag);
    if (this.part.size > 0) await this.part.restart();
    await this.part.tag(tag);
    return this.part.file.bytes;
  }

  private async prepareRange(response: Response, ranged: boolean, tag: string | undefined): Promise<number> {
    const { size, etag, file } = this.part;
    const range = parseContentRange(response.headers.get('content-range'));
    if (!ranged || range?.begin !== size || range.total !== file.bytes)
      throw this.restartWith('another part of the file arrived than was requested');
    if (tag !== undefined && etag !== undefined && tag !== etag)
      throw this.restartWith('the file has changed on the hub');
    if (etag === undefined) await this.part.tag(tag);
    return range.end;
  }

  private restartWith(why: string): Interrupted {
    this.whole = true;
    return new Interrupted(why);
  }
}
