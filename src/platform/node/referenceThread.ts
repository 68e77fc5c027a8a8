import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { RunReference } from '../../artefact/hostProcessor';
import { callOf, resultOf, type ReferenceAnswer, type ReferenceCall } from '../../artefact/referenceCall';
import { Cancelled, throwIfAborted } from '../../base/errors';

/**
 * Returns what runs references in a thread of its own, so that this one shows progress and notices Ctrl-C meanwhile. Stop ends the
 * thread, whatever it does; the next reference starts another.
 * @param script answers each `ReferenceCall` to the port that comes with it
 */
export function referenceThread(script: URL): RunReference {
  let thread: Worker | undefined;
  return async (codec, work, signal) => {
    throwIfAborted(signal);
    thread ??= new Worker(script).once('exit', () => (thread = undefined));
    // While it waits for work it does not keep the process alive.
    thread.unref();
    return resultOf(await answerOf(thread, callOf(codec, work), signal));
  };
}

/** @throws Cancelled */
async function answerOf(thread: Worker, call: ReferenceCall, signal?: AbortSignal): Promise<ReferenceAnswer> {
  const { port1, port2 } = new MessageChannel();
  const answered = new AbortController();
  const until = { signal: AbortSignal.any([answered.signal, ...(signal ? [signal] : [])]) };
  try {
    const ended = once(thread, 'exit', until).then(() => {
      throw new Error('the thread of the references ended');
    });
    const message = once(port1, 'message', until) as Promise<[ReferenceAnswer]>;
    thread.postMessage({ ...call, port: port2 }, [port2]);
    return (await Promise.race([message, ended]))[0];
  } catch (error) {
    if (!signal?.aborted) throw error;
    await thread.terminate();
    throw new Cancelled();
  } finally {
    answered.abort();
    port1.close();
  }
}
