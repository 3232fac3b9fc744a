/** One kubelet per folder: two would fight over every pod. One that was killed holds nothing. */
import path from 'node:path';
import { takeFileLock } from '@mkube/runtime';

/** Throws where another kubelet lives; what it returns lets go again. */
export function lockFolder(rootDir: string): () => void {
  const lock = takeFileLock(path.join(rootDir, 'kubelet.lock'));
  if ('release' in lock) return () => lock.release();
  throw new Error(`another kubelet (pid ${lock.holder}) works in ${rootDir}`);
}
