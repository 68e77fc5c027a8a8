import { link } from 'wesl/core';
import { LabError } from '../base/errors';

const FILES = import.meta.glob<string>('/shaders/**/*.wgsl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Every shader of the project by path below shaders/, e.g. `linear/dense.wgsl`. */
export const shaderSources: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(FILES).map(([path, source]) => [path.replace(/^\/shaders\//, ''), source]),
);

/**
 * Links one module with its imports (WESL: `import package::common::float16::roundToHalf;`) and resolves
 * `@if(feature)` conditions. The one linker of page, CLI and tests.
 * @param module path without extension, e.g. `linear/dense`
 */
export async function linkShader(
  module: string,
  conditions: Record<string, boolean> = {},
  sources: Record<string, string> = shaderSources as Record<string, string>,
): Promise<string> {
  if (!(`${module}.wgsl` in sources))
    throw new LabError('internal', `There is no shader ${module}.wgsl.`, 'Check the name in shaders/.');
  const linked = await link({ weslSrc: sources, rootModuleName: module, conditions });
  return linked.dest;
}
