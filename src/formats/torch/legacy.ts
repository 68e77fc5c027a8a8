import { throwIfAborted } from '../../base/errors';
import { shown, quoted } from '../../base/shown';
import type { ByteSource } from '../byteSource';
import { MAX_PICKLE_BYTES } from './archive';
import { badTorch, unsupportedTorch } from './errors';
import { checkSize, torchHost } from './host';
import { unpickle } from './pickle/unpickle';
import { PickleDict, PickleList, type PickleValue } from './pickle/values';
import { readExactly, viewOf } from './readExactly';
import type { FindStorage, StoragePlace } from './types';

/**
 * Files of PyTorch before 1.6 (torch/serialization.py, _legacy_save): pickles of a magic number, a version, properties of
 * the machine, the value and the keys of its storages; then for each key the number of its elements and their bytes.
 */

/** The pickle of the magic number 0x1950a86a20f9469cfc6c; the second byte is the protocol. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const VERSION = 1001;
const COUNT_BYTES = 8;

/** Number of bytes that `isLegacy` needs. */
export const LEGACY_START_BYTES = MAGIC.length;

/** Returns whether a file that begins with `start` has the format of PyTorch before 1.6. */
export function isLegacy(start: Uint8Array): boolean {
  return MAGIC.every((byte, i) => i === 1 || start[i] === byte);
}

/**
 * Reads the value in a file of PyTorch before 1.6.
 * @throws LabError as openTorch; Cancelled
 */
export async function readLegacy(source: ByteSource, signal?: AbortSignal): Promise<PickleValue> {
  const length = Math.min(source.size, MAX_PICKLE_BYTES);
  const bytes = await readExactly(source, 0, length, 'the pickles');
  const storages = new LegacyStorages();
  let at = MAGIC.length;
  const next = () => {
    const { value, byteLength } = unpickle(bytes.subarray(at), torchHost(storages.find));
    at += byteLength;
    return value;
  };
  const version = next();
  if (version !== VERSION)
    throw unsupportedTorch(`has version ${quoted(shown(version))}, but only version ${VERSION} can be read`);
  checkMachine(next());
  const value = next();
  await storages.locate(source, next(), at, signal);
  return value;
}

function checkMachine(properties: PickleValue): void {
  const little = properties instanceof PickleDict ? properties.get('little_endian') : undefined;
  if (little === false) throw unsupportedTorch('was written on a big-endian machine');
  if (little !== true) throw badTorch('it does not state its byte order');
}

interface LegacyPlace extends StoragePlace {
  elements: number;
}

/** The storages of a file. Pickles refer to them before their offsets are known; `locate` fills these in. */
class LegacyStorages {
  private readonly places = new Map<string, LegacyPlace>();

  readonly find: FindStorage = (key, elements, byteLength) => {
    const known = this.places.get(key);
    if (known) checkSize(key, byteLength, known.byteLength);
    const place = known ?? { name: key, begin: -1, elements, byteLength };
    this.places.set(key, place);
    return place;
  };

  /** Finds the storages, which begin at `start` in the order of `keys`. */
  async locate(source: ByteSource, keys: PickleValue, start: number, signal?: AbortSignal): Promise<void> {
    let at = start;
    for (const key of keys instanceof PickleList ? keys.items : []) {
      throwIfAborted(signal);
      at = await this.locateOne(source, key, at);
    }
    const missing = [...this.places.values()].find(({ begin }) => begin < 0);
    if (missing) throw badTorch(`storage ${quoted(missing.name)} is missing from the file`);
  }

  /** Finds one storage. @returns the offset at which it ends */
  private async locateOne(source: ByteSource, key: PickleValue, at: number): Promise<number> {
    const place = typeof key === 'string' ? this.places.get(key) : undefined;
    if (!place || place.begin >= 0)
      throw badTorch(
        `it lists storage ${quoted(typeof key === 'string' ? key : shown(key))}, which no tensor uses or which is listed twice`,
      );
    const what = `storage ${quoted(place.name)}`;
    const elements = viewOf(await readExactly(source, at, COUNT_BYTES, what)).getBigUint64(0, true);
    if (elements !== BigInt(place.elements))
      throw badTorch(`${what} should have ${place.elements} elements, but has ${elements}`);
    place.begin = at + COUNT_BYTES;
    const end = place.begin + place.byteLength;
    if (end > source.size)
      throw badTorch(
        `${what} needs ${place.byteLength} bytes from offset ${place.begin}, but the file has ${source.size}`,
      );
    return end;
  }
}
