import type { FileSource } from './files';

/**
 * Returns the files of the model in a folder. In a pipeline of diffusers, which has a folder for each of its parts, they are
 * those of `transformer/`, together with the file of `scheduler/` that describes the noise schedule.
 */
export async function denoiserFiles(
  files: FileSource,
  schedulerFile: string,
  signal?: AbortSignal,
): Promise<FileSource> {
  const isPipeline =
    !(await files.has('config.json', signal)) && (await files.has('transformer/config.json', signal));
  if (!isPipeline) return files;
  const path = (name: string) => `${name === schedulerFile ? 'scheduler' : 'transformer'}/${name}`;
  return {
    ...files,
    has: (name, ...rest) => files.has(path(name), ...rest),
    read: (name, ...rest) => files.read(path(name), ...rest),
    open: files.open && ((name, ...rest) => files.open!(path(name), ...rest)),
    sha256: files.sha256 && ((name) => files.sha256!(path(name))),
  };
}
