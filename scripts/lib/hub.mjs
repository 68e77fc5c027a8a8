import { usage } from './arguments.mjs';

/** Hugging Face, and the hosts its downloads are redirected to (https://huggingface.co/.well-known/meta.json). */
const DEFAULT = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];
/** An origin that can be written to a Content-Security-Policy without escaping. */
const SOURCE = /^https?:\/\/(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?$/;

/**
 * Parses the hub of a build and the hosts of its downloads: `ORIGIN[,HOST…]`, where a host may begin with `*.`.
 * @param {string} [text] Hugging Face if it is missing or empty
 * @returns {{origin: string, hosts: string[]}} hosts include the origin
 * @throws Failure with exit code 2
 */
export function readHub(text) {
  const hosts = text ? text.split(',').map(readOrigin) : DEFAULT;
  if (hosts[0].includes('*'))
    throw usage(
      `${hosts[0]} matches many hosts, but models are looked up at one.`,
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

/** Hash of an empty style element. Plotly creates one, adds rules by script, and uses style attributes for text. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/**
 * Returns the Content-Security-Policy of a page built for these hosts. WebAssembly is allowed for checksums and ONNX Runtime.
 * @param {string[]} hosts
 */
export function contentSecurityPolicy(hosts) {
  return [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    `connect-src 'self' ${hosts.join(' ')}`,
    "img-src 'self' data: blob:",
    `style-src 'self' ${EMPTY_STYLE}`,
    "style-src-attr 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}
