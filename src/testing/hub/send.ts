import type { ServerResponse } from 'node:http';
import type { HubRequest, Misbehaviour } from './misbehaviour';

/** A response before it is sent. */
export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/** Returns a JSON response. */
export function jsonAnswer(value: unknown, headers: Answer['headers'] = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** Returns an error response of the hub. */
export function errorAnswer(status: number, message: string, code?: string): Answer {
  const headers = { 'x-error-message': message, 'x-error-code': code };
  return { ...jsonAnswer({ error: message }, headers), status };
}

/** Applies the faults that replace a response; the others apply while it is sent. */
export function spoil(answer: Answer, fault: Misbehaviour): Answer {
  const { status = answer.status, body } = fault;
  if (fault.status !== undefined && body === undefined) return { ...errorAnswer(status, 'As scripted') };
  return body === undefined ? answer : { ...answer, status, body: Buffer.from(body) };
}

/** Sends a response with its faults and records it in `record`. */
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
  // destroySoon lets the written bytes arrive, so that only the rest is lost.
  if (end < body.byteLength) response.socket?.destroySoon();
  else response.end();
}

/** Resolves when the system has taken the bytes or the other side has closed the connection. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}
