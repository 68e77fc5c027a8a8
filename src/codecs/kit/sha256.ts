/** Computes SHA-256 (FIPS 180-4) as lower-case hex. It is synchronous, unlike that of Web Crypto, as writing a container is. */
export function sha256(data: Uint8Array): string {
  const padded = new Uint8Array(64 * Math.ceil((data.length + 9) / 64));
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(padded.length - 4, (data.length * 8) >>> 0);
  const h = firstBits(8, 1 / 2);
  const k = firstBits(64, 1 / 3);
  for (let block = 0; block < padded.length; block += 64) compress(h, k, view, block);
  return Array.from(h, (word) => word.toString(16).padStart(8, '0')).join('');
}

/** Computes the first 32 bits of the fractional parts of p^power for the first `count` primes p. */
function firstBits(count: number, power: number): Uint32Array {
  const words = new Uint32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) words[found++] = (n ** power % 1) * 2 ** 32;
  }
  return words;
}

const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));

/** The message schedule of the current block. */
const w = new Uint32Array(64);

function compress(h: Uint32Array, k: Uint32Array, view: DataView, block: number): void {
  for (let t = 0; t < 16; t++) w[t] = view.getUint32(block + 4 * t);
  for (let t = 16; t < 64; t++) {
    const low = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ (w[t - 15] >>> 3);
    const high = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ (w[t - 2] >>> 10);
    w[t] = w[t - 16] + low + w[t - 7] + high;
  }
  let [a, b, c, d, e, f, g, last] = h;
  for (let t = 0; t < 64; t++) {
    const one = last + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + w[t];
    const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    last = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
  h[5] += f;
  h[6] += g;
  h[7] += last;
}
