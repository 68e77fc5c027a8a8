import type { ServerResponse } from 'node:http';
import type { HubRequest, Misbehaviour } from './misbehaviour';

/** An answer before anything goes wrong with it. */
export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

export function jsonAnswer(value: unknown, headers: Answer['headers'] = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

export function errorAnswer(status: number, message: string, code?: string): Answer {
  const headers = { 'x-error-message': message, 'x-error-code': code };
  return { ...jsonAnswer({ error: message }, headers), status };
}

/** What goes wrong with the answer as a whole; the rest happens while it is sent. */
export function spoil(answer: Answer, fault: Misbehaviour): Answer {
  const { status = answer.status, body } = fault;
  if (fault.status !== undefined && body === undefined) return { ...errorAnswer(status, 'As scripted') };
  return body === undefined ? answer : { ...answer, status, body: Buffer.from(body) };
}

/** Sends an answer, faults included, and keeps in `record` what went out. */
export async function send(
  record: HubRequest,
  response: ServerResponse,
  answer: Answer,
  fault: Misbehaviour,
): Promise<void> {
  if (fault.hangUp) return void response.destroy();
  const body = fault.shortBy ? answer.body.subarray(0, -fault.shortBy) : answer.body;
  const headers = { ...answer.headers, 'content-length': String(body.byteLength), ...fault.headers };
  record.status = answer.status;
  response.writeHead(
    answer.status,
    Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
  );
  if (record.method === 'HEAD') return void response.end();
  response.flushHeaders();
  await sendBody(record, response, body, fault);
}

async function sendBody(
  record: HubRequest,
  response: ServerResponse,
  body: Uint8Array,
  { cutAfter, drip }: Misbehaviour,
): Promise<void> {
  const end = Math.min(body.byteLength, cutAfter ?? Infinity);
  const step = drip?.chunk ?? 1 << 16;
  for (let at = 0; at < end && !response.destroyed; at += step) {
    await drip?.next(at);
    await write(response, body.subarray(at, Math.min(end, at + step)));
    record.bytesSent = Math.min(end, at + step);
  }
  // What was written still arrives: a cut loses the rest only.
  if (end < body.byteLength) response.socket?.destroySoon();
  else response.end();
}

/** Resolves once the bytes were handed to the system, or the other side has gone. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}
