import { LabError } from '../base/errors';
import { linkShader } from './shaders';

/** Identifies a compiled pipeline. */
export interface KernelSource {
  /** Path below shaders/ without extension, such as `linear/dense/tiled`. */
  module: string;
  entry?: string;
  /** Values of the pipeline's `override` constants. */
  constants?: Record<string, number>;
  /** WESL conditions, such as {f16: true}. */
  conditions?: Record<string, boolean>;
}

type ScalarType = 'u32' | 'i32' | 'f32';

interface KernelParam {
  name: string;
  type: ScalarType;
  /** Byte offset in the uniform buffer. */
  offset: number;
}

/** A compiled pipeline with its bindings and `Params` fields by their names in WGSL. */
export interface Kernel {
  label: string;
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
  bindings: ReadonlyMap<string, number>;
  params: readonly KernelParam[];
  /** Number of threads per workgroup; undefined if an `override` sets it. */
  workgroupThreads: number | undefined;
}

const byDevice = new WeakMap<GPUDevice, Kernels>();

/** Compiles each kernel once per device. */
export class Kernels {
  private readonly device: GPUDevice;
  private readonly cache = new Map<string, Promise<Kernel>>();

  private constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Returns the kernels of a device, which all who use it share. */
  static of(device: GPUDevice): Kernels {
    let kernels = byDevice.get(device);
    if (!kernels) byDevice.set(device, (kernels = new Kernels(device)));
    return kernels;
  }

  get(source: KernelSource): Promise<Kernel> {
    const key = JSON.stringify([source.module, source.entry, source.constants, source.conditions]);
    let kernel = this.cache.get(key);
    if (!kernel) this.cache.set(key, (kernel = this.compile(source)));
    return kernel;
  }

  private async compile(source: KernelSource): Promise<Kernel> {
    const code = await linkShader(source.module, source.conditions);
    const label = kernelLabel(source);
    this.device.pushErrorScope('validation');
    const module = this.device.createShaderModule({ code, label });
    const scope = this.device.popErrorScope();
    const pipeline = await this.device
      .createComputePipelineAsync({
        label,
        layout: 'auto',
        compute: { module, entryPoint: source.entry ?? 'main', constants: source.constants },
      })
      .catch(async (error: unknown) => {
        throw await compileError(label, module, error);
      });
    await scope;
    return {
      label,
      pipeline,
      layout: pipeline.getBindGroupLayout(0),
      bindings: reflectBindings(code),
      params: reflectParams(code),
      workgroupThreads: reflectThreads(code, source.entry ?? 'main'),
    };
  }
}

function kernelLabel(source: KernelSource): string {
  const parts = Object.entries(source.constants ?? {}).map(([k, v]) => `${k}=${v}`);
  for (const [name, on] of Object.entries(source.conditions ?? {})) if (on) parts.push(name);
  const entry = source.entry && source.entry !== 'main' ? `:${source.entry}` : '';
  return `${source.module}${entry}${parts.length ? `[${parts.join(',')}]` : ''}`;
}

async function compileError(label: string, module: GPUShaderModule, cause: unknown): Promise<LabError> {
  const info = await module.getCompilationInfo();
  const lines = info.messages.filter((m) => m.type === 'error').map((m) => `${m.lineNum}: ${m.message}`);
  const why = lines.join('; ') || String(cause);
  return new LabError(
    'gpu',
    `The shader ${label} does not compile here: ${why}`,
    'Please report this with the device line.',
    cause,
  );
}

const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<[^>]*>\s*(\w+)/g;

/** Reads the declarations `@group(0) @binding(n) var<…> name`. The host addresses bindings by name. */
function reflectBindings(code: string): Map<string, number> {
  return new Map([...code.matchAll(BINDING)].map(([, index, name]) => [name, Number(index)]));
}

/**
 * Reads `struct Params { name: u32, … }`. Its fields are scalars, and the last may be a struct of scalars with `@align(16)`
 * that several kernels share, whose fields are addressed by their own names.
 */
function reflectParams(code: string): KernelParam[] {
  return reflectFields(code, 'Params', 0);
}

function reflectFields(code: string, struct: string, start: number): KernelParam[] {
  const body = new RegExp(`struct\\s+${struct}\\s*\\{([^}]*)\\}`).exec(code)?.[1] ?? '';
  const fields = [...body.matchAll(/(\w+)\s*:\s*([\w<>]+)/g)];
  return fields.flatMap(([, name, type], i) => {
    const offset = start + 4 * i;
    if (isScalar(type)) return [{ name, type, offset }];
    const shared = struct === 'Params' && i === fields.length - 1;
    const nested = shared ? reflectFields(code, type, Math.ceil(offset / 16) * 16) : [];
    if (nested.length === 0)
      throw new LabError(
        'internal',
        `${struct}.${name} is ${type}; only scalars are allowed, and a struct of scalars as the last field of Params.`,
        'Use u32, i32 or f32.',
      );
    return nested;
  });
}

function isScalar(type: string): type is ScalarType {
  return type === 'u32' || type === 'i32' || type === 'f32';
}

/** Returns the product of `@workgroup_size(x, y, z)` of an entry point if all are literals. */
function reflectThreads(code: string, entry: string): number | undefined {
  const sizes = new RegExp(`@workgroup_size\\(([^)]*)\\)\\s*fn\\s+${entry}\\b`).exec(code)?.[1];
  const threads = sizes?.split(',').reduce((product, size) => product * Number(size || 1), 1);
  return Number.isInteger(threads) ? threads : undefined;
}
