/** An expected failure of a cluster's life. The message alone is for the user: what was wrong, and what to do next. */
export class ClusterError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ClusterError';
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied: choose another folder with MKUBE_HOME, or become its owner',
  EPERM: 'permission denied: choose another folder with MKUBE_HOME, or become its owner',
  EROFS: 'the file system is read-only: choose another folder with MKUBE_HOME',
  ENOSPC: 'the disk is full: free some space, or choose another folder with MKUBE_HOME',
  EDQUOT: 'the disk quota is used up: free some space, or choose another folder with MKUBE_HOME',
  ENOTDIR: 'a part of this path is a file: choose another folder with MKUBE_HOME',
  EEXIST: 'a file is in the way: choose another folder with MKUBE_HOME',
};

/** The code of a system error ('ENOENT'), or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A file-system failure as a ClusterError with the way out; anything else comes back as it is. */
export function explainFileError(doing: string, error: unknown): unknown {
  const reason = REASONS[codeOf(error) ?? ''];
  return reason === undefined ? error : new ClusterError(`cannot ${doing}: ${reason}`, { cause: error });
}
