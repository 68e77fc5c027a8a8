import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { readRange, type ByteSource } from './byteSource';

/** The number of leading bytes from which a stand-in is recognised. */
const START_BYTES = 1024;
/** The size in bytes up to which a text is taken for the message of a server. */
const MAX_MESSAGE_BYTES = 4096;

const FETCH_LFS =
  'Run "git lfs install" and "git lfs pull" in the cloned folder, or download the file from the page of the model.';
const DOWNLOAD =
  'Download the file itself: use the download link of the file instead of the address of its page, and sign in or accept the terms if the model asks for that.';

/** A file that is found where another is expected, and how to get the other. */
interface StandIn {
  /** What the file is, as the end of the sentence "The file is …". */
  what: string;
  remedy: string;
}

/** Kinds of stand-ins in text form, tried in this order. */
const TEXTS: readonly { pattern: RegExp; standIn: (text: string) => StandIn }[] = [
  {
    pattern: /^version https:\/\/(git-lfs|hawser)\.github\.com\/spec\//,
    standIn: (text) => ({
      what: `a Git LFS pointer${realSize(/^size (\d+)$/m.exec(text)?.[1])}`,
      remedy: FETCH_LFS,
    }),
  },
  {
    pattern: /^\s*#?\s*xet version \d/i,
    standIn: (text) => ({
      what: `a Xet pointer${realSize(/^filesize\s*=\s*(\d+)/m.exec(text)?.[1])}`,
      remedy: 'Install git-xet and run "git xet pull", or download the file from the page of the model.',
    }),
  },
  {
    pattern: /^(\.\.\/)*\/?(\.git\/)?annex\/objects\//,
    standIn: () => ({ what: 'a git-annex pointer', remedy: 'Run "git annex get" in the cloned folder.' }),
  },
  {
    pattern: /^\s*(<!--|<!doctype\s+html|<html|<head|<body)/i,
    standIn: (text) => ({ what: `a web page${title(text)}`, remedy: DOWNLOAD }),
  },
  {
    pattern: /^\s*(<\?xml|<Error>)/,
    standIn: (text) => ({
      what: `an XML document${message(/<Message>([^<]+)</.exec(text)?.[1])}`,
      remedy: DOWNLOAD,
    }),
  },
  {
    pattern: /^\s*\{\s*"(error|message|errors|detail|statusCode|status)"\s*:/,
    standIn: (text) => ({
      what: `an error document in JSON${message(/"(?:error|message|detail)"\s*:\s*"([^"]*)/.exec(text)?.[1])}`,
      remedy: DOWNLOAD,
    }),
  },
];

/** Signatures of other formats of weights. */
const SIGNATURES: readonly { bytes: readonly number[]; standIn: StandIn }[] = [
  {
    bytes: [0x47, 0x47, 0x55, 0x46],
    standIn: { what: 'a GGUF file', remedy: 'Give it the ending .gguf and open it as a GGUF file.' },
  },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    standIn: {
      what: 'a zip archive',
      remedy: 'Unpack it. If torch.save wrote it, give it the name pytorch_model.bin.',
    },
  },
  {
    bytes: [0x1f, 0x8b],
    standIn: { what: 'compressed with gzip', remedy: 'Unpack it with gunzip.' },
  },
];

/**
 * Returns the error about a file that is not what its name says: a pointer of Git LFS, a web page, the message of a server,
 * another format; undefined if it is none of them.
 * @param start the first bytes of the file, 1024 if it has as many
 * @param size the size of the file in bytes
 * @param name the name of the file, if known
 */
export function standInError(
  start: Uint8Array,
  size: number,
  { name = 'The file', cause }: { name?: string; cause?: unknown } = {},
): LabError | undefined {
  const found = standInOf(start.subarray(0, START_BYTES), size);
  return found && new LabError('bad-file', `${name} is ${found.what}.`, found.remedy, cause);
}

/**
 * Runs a reader of a whole file. If it fails because the file is something else, the error says so.
 * @throws LabError bad-file about the stand-in; whatever the reader throws
 */
export function namingStandIns<T>(bytes: Uint8Array, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refused(cause) ? (standInError(bytes, bytes.byteLength, { cause }) ?? cause) : cause;
  }
}

/**
 * Runs a reader that opens a source. If it fails because the file is something else, the error says so.
 * @param name the name of the file, if known
 * @throws LabError bad-file about the stand-in; whatever the reader throws
 */
export async function namingSourceStandIns<T>(
  source: ByteSource,
  read: () => Promise<T>,
  name?: string,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw refused(cause) ? ((await sourceStandIn(source, { name, cause })) ?? cause) : cause;
  }
}

/** Returns the error about a file that is not what its name says, as `standInError`. */
export async function sourceStandIn(
  source: ByteSource,
  about: { name?: string; cause?: unknown } = {},
): Promise<LabError | undefined> {
  const start = await readRange(source, 0, Math.min(START_BYTES, source.size));
  return standInError(start, source.size, about);
}

/** Returns whether a reader found the content of the file to be wrong. */
function refused(error: unknown): boolean {
  return error instanceof LabError && ['bad-file', 'unsupported', 'limit'].includes(error.code);
}

function standInOf(start: Uint8Array, size: number): StandIn | undefined {
  if (size === 0) return { what: 'empty', remedy: 'Download the file again.' };
  const signed = SIGNATURES.find(({ bytes }) => bytes.every((byte, i) => start[i] === byte));
  if (signed) return signed.standIn;
  const text = textOf(start);
  if (text === undefined) return undefined;
  for (const { pattern, standIn } of TEXTS) {
    if (pattern.test(text)) return standIn(text);
  }
  // JSON is left to its readers.
  const isMessage = size <= MAX_MESSAGE_BYTES && /^[^{["]/.test(text.trim());
  return isMessage ? { what: `a text${message(text.trim().split('\n')[0])}`, remedy: DOWNLOAD } : undefined;
}

/** Returns the start as text, or undefined if it holds bytes that texts do not. */
function textOf(start: Uint8Array): string | undefined {
  // The last characters may be cut.
  const text = new TextDecoder().decode(start);
  return /[\u0000-\u0008\u000e-\u001f]|\ufffd(?!\ufffd{0,2}$)/.test(text) ? undefined : text;
}

function realSize(bytes: string | undefined): string {
  return bytes === undefined ? '' : ` that stands for a file of ${bytes} bytes`;
}

function title(text: string): string {
  return message(/<title[^>]*>([^<]+)/i.exec(text)?.[1]);
}

function message(text: string | undefined): string {
  const words = text?.trim().replace(/\s+/g, ' ');
  return words ? ` that says ${quoted(words)}` : '';
}
