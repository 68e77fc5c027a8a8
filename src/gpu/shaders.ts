import { LabError } from '../base/errors';

/** Shaders that every model needs, loaded with the code. */
const CORE = import.meta.glob<string>(
  ['/shaders/**/*.wgsl', '!/shaders/codecs/**', '!/shaders/train/**', '!/shaders/linear/ternary/**'],
  { query: '?raw', import: 'default', eager: true },
);
/** Shaders that are loaded with the first kernel that needs them: a plan uses few of the codecs, and training is rare. */
const LAZY = import.meta.glob<string>(
  ['/shaders/codecs/**/*.wgsl', '/shaders/train/**/*.wgsl', '/shaders/linear/ternary/**/*.wgsl'],
  { query: '?raw', import: 'default' },
);

const loaded = new Map<string, string>(
  Object.entries(CORE).map(([path, source]) => [pathBelowShaders(path), source]),
);
const loaders = new Map(Object.entries(LAZY).map(([path, load]) => [pathBelowShaders(path), load]));

/**
 * Links a module with its imports (WESL: `import package::common::float16::roundToHalf;`) and resolves `@if(feature)`
 * conditions, for the page, the command line and the tests.
 * @param module path without extension, such as `linear/dense/tiled`
 * @throws LabError internal for a module that does not exist, network for one that could not be loaded
 */
export async function linkShader(module: string, conditions: Record<string, boolean> = {}): Promise<string> {
  const all = await sourcesOf(`${module}.wgsl`);
  if (!(`${module}.wgsl` in all))
    throw new LabError('internal', `There is no shader ${module}.wgsl.`, 'Check the name in shaders/.');
  // Loaded lazily: the linker is a fifth of the worker's code, and the first screen computes nothing.
  const { link } = await import('wesl/core').catch(notLoaded('The shader linker'));
  const linked = await link({ weslSrc: all, rootModuleName: module, conditions });
  return linked.dest;
}

/** Returns a number that changes with the sources of the shaders below a folder that are loaded with the code (FNV-1a). */
export function shadersVersion(folder: string): string {
  let hash = 0x811c9dc5;
  for (const [path, source] of loaded)
    if (path.startsWith(`${folder}/`))
      for (let i = 0; i < source.length; i++) hash = Math.imul(hash ^ source.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}

/** Returns the sources of a module and of everything it imports, by path. */
async function sourcesOf(path: string): Promise<Readonly<Record<string, string>>> {
  const found = new Map<string, string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const source = found.has(next) ? undefined : await sourceOf(next);
    if (source === undefined) continue;
    found.set(next, source);
    for (const [, name] of source.matchAll(/\bpackage::([\w:]+)/g)) waiting.push(...filesOf(name));
  }
  return Object.fromEntries(found);
}

async function sourceOf(path: string): Promise<string | undefined> {
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const source = await loaders
    .get(path)?.()
    .catch(notLoaded(`The shader ${path}`));
  if (source !== undefined) loaded.set(path, source);
  return source;
}

function notLoaded(what: string): (cause: unknown) => never {
  return (cause) => {
    const remedy = 'Check the connection to the page’s server and try again.';
    throw new LabError('network', `${what} could not be loaded.`, remedy, cause);
  };
}

/** Returns the files that an import path may refer to: `common::float16::roundToHalf` is in common/float16.wgsl. */
function filesOf(name: string): string[] {
  const steps = name.split('::').filter(Boolean);
  return steps
    .map((_, i) => `${steps.slice(0, i + 1).join('/')}.wgsl`)
    .filter((path) => loaded.has(path) || loaders.has(path));
}

function pathBelowShaders(path: string): string {
  return path.replace(/^\/shaders\//, '');
}
