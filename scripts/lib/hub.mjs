import { usage } from './arguments.mjs';

/** Hugging Face, and the hosts its downloads are redirected to (https://huggingface.co/.well-known/meta.json). */
const DEFAULT = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];
/** What may stand in a Content-Security-Policy without quoting anything. */
const SOURCE = /^https?:\/\/(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?$/;

/**
 * The hub of a build and the hosts its downloads come from: `ORIGIN[,HOST…]`, where a host may begin with `*.`.
 * @param {string} [text] Hugging Face where it is missing or empty
 * @returns {{origin: string, hosts: string[]}} hosts includes the origin
 * @throws Failure with exit code 2
 */
export function readHub(text) {
  const hosts = text ? text.split(',').map(readOrigin) : DEFAULT;
  if (hosts[0].includes('*'))
    throw usage(
      `${hosts[0]} stands for many hosts, and models are looked up at one.`,
      'Put the hub itself first: --hub https://mirror.example,https://*.files.example',
    );
  return { origin: hosts[0], hosts };
}

function readOrigin(text) {
  const given = text.trim();
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const bare = url && url.href === `${url.origin}/`;
  if (bare && SOURCE.test(url.origin)) return url.origin;
  throw usage(
    `"${given.slice(0, 80)}" is not the origin of a hub.`,
    'Give --hub (or BITCURVE_HUB) an address without a path, for example --hub https://huggingface.co',
  );
}

/** Of an empty style element: plotly makes one and adds its rules by script; its words carry style attributes. */
const EMPTY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * What a page built for these hosts may load and ask. WebAssembly compiles: checksums, ONNX Runtime.
 * @param {string[]} hosts
 */
export function contentSecurityPolicy(hosts) {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    `connect-src 'self' ${hosts.join(' ')}`,
    "img-src 'self' data: blob:",
    `style-src 'self' ${EMPTY}`,
    "style-src-attr 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
