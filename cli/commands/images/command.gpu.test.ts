import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminal } from '../../../src/testing/terminal';
import { main as sweep } from '../sweep/command';
import { main as images } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-images-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

const MODEL = ['--model', 'dit-fashion-mnist'];
const FEW = ['--classes', '1,8', '--samples', '2', '--steps', '4'];
interface Written {
  forms: {
    codec: string;
    bytes: number;
    drift: { value: number };
    noise: { relative: { value: number }; steps: { timestep: number }[] };
    judged: { asFloat: { value: number } };
  }[];
}
const record = (out: string) => JSON.parse(readFileSync(join(out, 'images.json'), 'utf8')) as Written;

test('grids of the float model and of codecs with the same noise, alike on the GPU and the CPU', async () => {
  const timed = 'timegroups(rtn(bits=8),activations=8,groups=2)';
  const codecs = ['--codec', `rtn(bits=8);rtn(bits=2,group=32);${timed}`, '--calibration-images', '2'];
  const run = async (compute: string) => {
    const out = join(root, compute);
    const adapter = compute === 'gpu' ? ['--adapter', 'software'] : [];
    expect(await images([...MODEL, ...FEW, ...codecs, '--out', out, '--compute', compute, ...adapter])).toBe(
      0,
    );
    return { out, ...record(out) };
  };
  const [gpu, cpu] = [await run('gpu'), await run('cpu')];
  expect(readdirSync(gpu.out).sort()).toEqual([
    'float32.png',
    'images.json',
    'rtn-bits-2-group-32.png',
    'rtn-bits-8-group-32.png',
    'timegroups-rtn-bits-8-group-32-activations-8-groups-2.png',
  ]);
  // Two rows of two images of 28 pixels with gaps of 2, twice with a gap of 12.
  const png = readFileSync(join(gpu.out, 'rtn-bits-8-group-32.png'));
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * 58 + 12, 58]);
  const [, eight, two, rounded] = gpu.forms;
  expect(rounded.drift.value).toBeGreaterThan(eight.drift.value);
  expect(rounded.drift.value).toBeLessThan(two.drift.value);
  // Two groups of eight bytes for each layer, and what names them in the file.
  expect(rounded.bytes).toBeGreaterThan(eight.bytes);
  expect(rounded.noise.relative.value).toBeGreaterThan(eight.noise.relative.value);
  expect(rounded.noise.steps.map(({ timestep }) => timestep)).toEqual([750, 500, 250, 0]);
  expect(eight.drift.value).toBeGreaterThan(0);
  expect(two.drift.value).toBeGreaterThan(5 * eight.drift.value);
  expect(two.bytes).toBeLessThan(eight.bytes);
  expect(eight.judged.asFloat.value).toBe(1);
  cpu.forms.forEach((form, i) =>
    expect(Math.abs(form.drift.value - gpu.forms[i].drift.value)).toBeLessThan(0.05),
  );
  expect(written.stdout).toContain('Intended class %');
});

test('invalid requests are named', async () => {
  const fails = async (args: string[], text: string) => {
    const code = await images(['--out', root, '--adapter', 'software', ...args]);
    expect(written.stderr).toContain(text);
    return code;
  };
  expect(await fails(['--model', 'none'], 'There is no model "none"')).toBe(2);
  expect(await fails([...MODEL, '--classes', 'x'], '--classes cannot be "x"')).toBe(2);
  expect(await fails([...MODEL, '--classes', '11'], 'There is no class 11')).toBe(1);
  expect(await fails([...MODEL, '--steps', '1001'], '1001 sampling steps are not possible')).toBe(1);
  expect(await fails([...MODEL, '--codec', 'allocate'], 'tries codecs on data')).toBe(2);
  expect(await fails([...MODEL, '--judge', 'none', '--real', '9'], '--real needs a classifier')).toBe(2);
  const groups = ['--codec', 'timegroups(rtn,groups=5)', '--calibration-images', '1'];
  expect(await fails([...MODEL, ...FEW, ...groups], '5 groups are more than the 4 time steps')).toBe(1);
  expect(await fails([...MODEL, '--codec', 'timegroups(rtn,window=21)'], 'window')).toBe(2);
  expect(await fails([...MODEL, ...FEW, '--judge', 'vit-cifar10'], 'vit-cifar10 does not classify')).toBe(1);
  expect(await fails(['--model', 'stories260K'], 'is not a diffusion model')).toBe(1);
  expect(await sweep([...MODEL], { openPage: () => expect.unreachable() })).toBe(2);
  expect(written.stderr).toContain('npm run images');
  const plan = ['--model', 'stories260K', '--codec', 'timegroups(rtn)'];
  expect(await sweep(plan, { openPage: () => expect.unreachable() })).toBe(2);
  expect(written.stderr).toContain('rounds by the time steps of a diffusion model');
});
