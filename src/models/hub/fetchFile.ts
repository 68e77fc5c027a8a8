import { checkResponse } from './response';
import { parseContentRange, strongTag } from './contentRange';
import { fileUrl } from './fileUrl';
import { sendRequest, type HubResponse, type RequestContext } from './request';
import { PartialFile } from './partialFile';
import type { ModelKey } from './paths';
import { Interrupted, RetryPolicy } from './retry';
import type { HubFile } from './types';
import { mismatch } from './verify';

/** What the user sees of it. */
export interface FileWatch {
  /** @param bytes that arrived now. @param size bytes of the file that are there */
  arrived(bytes: number, size: number): void;
  /** @param why as a sentence */
  waiting(why: string, size: number): void;
}

/**
 * Brings one file into the store: goes on from what is there, and tries again after cuts, silence and refusals that may pass. Bytes that
 * do not hash to what the hub lists are deleted and fetched once more. Hold the model's lock.
 * @throws LabError bad-input, network, storage or bad-file, and what has arrived stays; Cancelled
 */
export async function fetchFile(
  context: RequestContext,
  key: ModelKey,
  file: HubFile,
  watch: FileWatch,
): Promise<void> {
  const part = await PartialFile.open(context.hub.store, key, file, context.signal);
  try {
    await complete(context, key, part, watch);
    if (await part.seal()) return;
    watch.waiting(`${file.name} arrived with a wrong checksum and is fetched again.`, 0);
    await complete(context, key, part, watch);
    if (!(await part.seal())) throw mismatch(file.name);
  } finally {
    await part.close();
  }
}

/** Until all bytes are there. */
async function complete(
  context: RequestContext,
  key: ModelKey,
  part: PartialFile,
  watch: FileWatch,
): Promise<void> {
  const retries = new RetryPolicy(part.file.name, context.clock, context.signal, (why) =>
    watch.waiting(why, part.size),
  );
  const transfer = new Transfer(context, key, part, watch);
  let most = part.size;
  while (!part.complete) {
    try {
      await transfer.attempt();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      await retries.afterFailure(error, part.size > most);
      most = Math.max(most, part.size);
    }
  }
}

/** One request after the other for what is missing of a file. */
class Transfer {
  /**
   * If-Range makes a browser ask the file's host for permission first, which hosts have refused
   * (https://github.com/huggingface/datasets/issues/7931). Without it the tag of the answer is compared, and the checksum decides.
   */
  private conditional = true;
  /** The next request is for the whole file: the part asked for did not come. */
  private whole = false;

  constructor(
    private readonly context: RequestContext,
    private readonly key: ModelKey,
    private readonly part: PartialFile,
    private readonly watch: FileWatch,
  ) {}

  /** @throws Interrupted unless the file is complete afterwards; LabError; Cancelled */
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
      throw this.wrongPart('the hub has fewer bytes of the file than it lists');
    checkResponse(
      response,
      { hub: this.context.hub, ...this.key, file: part.file.name },
      this.context.clock.now(),
    );
    const end = await this.place(response, ranged);
    for await (const chunk of chunks) {
      const wanted = chunk.subarray(0, end - part.size);
      await part.append(wanted);
      this.watch.arrived(wanted.byteLength, part.size);
      if (part.size === end) break;
    }
    if (!part.complete) throw new Interrupted('the connection ended early');
  }

  /**
   * Makes the part ready for an answer's bytes.
   * @returns where in the file they end at the latest
   */
  private async place(response: Response, ranged: boolean): Promise<number> {
    const tag = strongTag(response.headers.get('etag'));
    if (response.status === 206) return this.placeRange(response, ranged, tag);
    if (this.part.size > 0) await this.part.restart();
    await this.part.tag(tag);
    return this.part.file.bytes;
  }

  private async placeRange(response: Response, ranged: boolean, tag: string | undefined): Promise<number> {
    const { size, etag, file } = this.part;
    const range = parseContentRange(response.headers.get('content-range'));
    if (!ranged || range?.begin !== size || range.total !== file.bytes)
      throw this.wrongPart('another part of the file came than was asked for');
    if (tag !== undefined && etag !== undefined && tag !== etag)
      throw this.wrongPart('the file changed at the hub');
    if (etag === undefined) await this.part.tag(tag);
    return range.end;
  }

  private wrongPart(why: string): Interrupted {
    this.whole = true;
    return new Interrupted(why);
  }
}
