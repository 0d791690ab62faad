import { access } from 'node:fs/promises';

/** Whether a file of a run is there: runs of earlier versions lack some. */
export async function fileExists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
