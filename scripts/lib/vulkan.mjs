import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { aptInstall, canInstallPackages, distribution, packageSourcesChanged } from './machine.mjs';
import { executeNode } from './process.mjs';
import { Failure } from './terminal.mjs';

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
/** Older lavapipe lacks the Vulkan features Dawn needs for shader-f16. */
const MINIMUM_MESA = 25;
const REMEDY =
  'Install Mesa 25 or newer with lavapipe: on Debian 12, as root, ' +
  '`apt-get install -t bookworm-backports mesa-vulkan-drivers libvulkan1`; on Debian 13, Ubuntu 24.04 or newer ' +
  '`apt-get install mesa-vulkan-drivers libvulkan1`; elsewhere the package that holds lvp_icd.json.';

/**
 * Finds the adapter of the kernel tests and makes Dawn name it. Linux: Mesa's lavapipe, the same software adapter on every
 * machine; installed where it is missing, Chromium's SwiftShader where it cannot be. Other systems: what Dawn prefers.
 * @returns {Promise<{icd: string | null, adapter: string, note?: string}>}
 * @throws Failure when no adapter answers
 */
export async function findVulkan() {
  if (process.platform !== 'linux') return { icd: null, adapter: await answeringAdapter(null) };
  const present = await lavapipe();
  if (present) return present;
  if (canInstallPackages()) {
    await installMesa();
    const installed = await lavapipe();
    if (installed) return installed;
  }
  if (!existsSync(SWIFTSHADER)) throw new Failure('No lavapipe of Mesa 25 or newer is installed.', REMEDY);
  const adapter = await answeringAdapter(SWIFTSHADER);
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
    const adapter = await answeringAdapter(icd);
    return mesaVersion(adapter) >= MINIMUM_MESA ? { icd, adapter } : undefined;
  } catch (error) {
    // A driver that does not answer (its loader may be missing) is as good as none: installing comes next.
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

/** "llvmpipe: Mesa 25.0.7-2 (LLVM 15.0.6)" → 25; what is not Mesa counts as new enough. */
export function mesaVersion(adapter) {
  const version = /Mesa (\d+)\./.exec(adapter);
  return version ? Number(version[1]) : Infinity;
}

/** Asks Dawn in a process of its own: a broken driver may crash it. @throws Failure */
async function answeringAdapter(icd) {
  const script = fileURLToPath(new URL('./probeAdapter.mjs', import.meta.url));
  const env = icd ? { VK_ICD_FILENAMES: icd } : {};
  const { code, output } = await executeNode(script, [], { env, timeoutMs: 60_000 });
  const name = /^adapter: (.+)$/m.exec(output)?.[1];
  if (code === 0 && name) return name;
  throw new Failure(
    `No graphics adapter answered${icd ? ` through ${icd}` : ''}: ${output.trim().split('\n').at(-1)}`,
    REMEDY,
  );
}

async function installMesa() {
  if (distribution().codename !== 'bookworm') return aptInstall(['mesa-vulkan-drivers', 'libvulkan1']);
  addBackports();
  return aptInstall(['mesa-vulkan-drivers', 'libvulkan1'], 'bookworm-backports');
}

/** Adds Debian 12's backports unless a source names them, from the mirror this machine already uses. */
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

/** The address the existing sources get Debian itself from; the security archive has no backports. */
export function mirrorOf(sources) {
  const addresses = sources.match(/^(?!\s*#).*?\bhttps?:\/\/\S+/gm) ?? [];
  const urls = addresses.map((line) => /https?:\/\/\S+/.exec(line)[0].replace(/\/+$/, ''));
  return urls.find((url) => /\/debian$/.test(url)) ?? 'http://deb.debian.org/debian';
}
