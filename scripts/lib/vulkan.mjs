import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { aptInstall, canInstallPackages, distribution, packageSourcesChanged } from './machine.mjs';
import { executeNode } from './process.mjs';
import { Failure } from './terminal.mjs';

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Older versions of lavapipe lack the Vulkan features that Dawn needs for shader-f16. */
const MIN_MESA = 25;
const REMEDY =
  'Install Mesa 25 or newer with lavapipe: on Debian 12, as root, ' +
  '`apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1`; on Debian 13, Ubuntu 24.04 or newer ' +
  '`apt-get install mesa-vulkan-drivers libvulkan1`; elsewhere the package that holds lvp_icd.json.';

/**
 * Finds the adapter of the kernel tests and its name in Dawn. On Linux it is Mesa's lavapipe, the same software adapter on every
 * machine, which is installed if it is missing, or Chromium's SwiftShader if that is impossible. On other systems Dawn chooses.
 * @returns {Promise<{icd: string | null, adapter: string, note?: string}>}
 * @throws Failure if there is no adapter
 */
export async function findVulkan() {
  if (process.platform !== 'linux') return { icd: null, adapter: await probeAdapter(null) };
  const present = await lavapipe();
  if (present) return present;
  if (canInstallPackages()) {
    await installMesa();
    const installed = await lavapipe();
    if (installed) return installed;
  }
  if (!existsSync(SWIFTSHADER)) throw new Failure('No lavapipe of Mesa 25 or newer is installed.', REMEDY);
  const adapter = await probeAdapter(SWIFTSHADER);
  return {
    icd: SWIFTSHADER,
    adapter,
    note: `without Mesa 25 the kernel tests run without shader-f16. ${REMEDY}`,
  };
}

async function lavapipe() {
  const icd = findDriver();
  if (!icd) return undefined;
  try {
    const adapter = await probeAdapter(icd);
    return mesaVersion(adapter) >= MIN_MESA ? { icd, adapter } : undefined;
  } catch (error) {
    // A driver that does not work (its loader may be missing) counts as absent, so that another one is installed.
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function findDriver() {
  const chosen = process.env.VK_ICD_FILENAMES ?? process.env.VK_DRIVER_FILES;
  if (chosen) return chosen;
  const files = DRIVER_FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  return files.find((file) => /\/lvp_icd[^/]*\.json$/.test(file));
}

/** Returns the major version of Mesa: "llvmpipe: Mesa 25.0.7-2 (LLVM 15.0.6)" gives 25, any other driver Infinity. */
export function mesaVersion(adapter) {
  const version = /Mesa (\d+)\./.exec(adapter);
  return version ? Number(version[1]) : Infinity;
}

/** Returns the name of Dawn's adapter, found in a process of its own, since a broken driver may crash it. @throws Failure */
async function probeAdapter(icd) {
  const script = fileURLToPath(new URL('./probeAdapter.mjs', import.meta.url));
  const env = icd ? { VK_ICD_FILENAMES: icd } : {};
  const { code, output } = await executeNode(script, [], { env, timeoutMs: 60_000 });
  const name = /^adapter: (.+)$/m.exec(output)?.[1];
  if (code === 0 && name) return name;
  throw new Failure(
    `No graphics adapter was found${icd ? ` through ${icd}` : ''}: ${output.trim().split('\n').at(-1)}`,
    REMEDY,
  );
}

async function installMesa() {
  if (distribution().codename !== 'bookworm') return aptInstall(['mesa-vulkan-drivers', 'libvulkan1']);
  addBackports();
  return aptInstall(['mesa-vulkan-drivers', 'libvulkan1'], 'bookworm-backports');
}

/** Adds the backports of Debian 12 from the mirror in use, unless a package source names them. */
function addBackports() {
  const sources = readSources();
  if (/^[^#\n]*bookworm-backports/m.test(sources)) return;
  writeFileSync(
    '/etc/apt/sources.list.d/bookworm-backports.sources',
    `Types: deb\nURIs: ${mirrorOf(sources)}\nSuites: bookworm-backports\nComponents: main\n` +
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
  );
  packageSourcesChanged();
}

function readSources() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  return ['/etc/apt/sources.list', ...files]
    .filter((file) => existsSync(file) && /\.(list|sources)$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

/** Returns the mirror from which the package sources get Debian itself; the security archive has no backports. */
export function mirrorOf(sources) {
  const addresses = sources.match(/^(?!\s*#).*?\bhttps?:\/\/\S+/gm) ?? [];
  const urls = addresses.map((line) => /https?:\/\/\S+/.exec(line)[0].replace(/\/+$/, ''));
  return urls.find((url) => /\/debian$/.test(url)) ?? 'http://deb.debian.org/debian';
}
