/** Small files written whole or not at all: a temporary file beside the target, synced, then renamed over it. */
import fs from 'node:fs';
import path from 'node:path';
import { type Caller, giveTo } from './caller.ts';
import { codeOf, explainFileError } from './cluster-error.ts';

export function writeFileAtomically(file: string, content: string | Buffer, options: { mode: number; owner: Caller }) {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const fd = fs.openSync(temporary, 'w', options.mode);
    try {
      fs.fchmodSync(fd, options.mode);
      fs.writeFileSync(fd, content);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    giveTo(options.owner, temporary);
    fs.renameSync(temporary, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOTDIR') fs.rmSync(temporary, { force: true });
    throw explainFileError(`write ${file}`, error);
  }
}

/** Makes a folder and its parents; those that are new belong to the caller. */
export function makeFolder(folder: string, owner: Caller, mode = 0o755): void {
  try {
    const first = fs.mkdirSync(folder, { recursive: true, mode });
    if (first === undefined) return;
    for (let made = folder; made.length >= first.length; made = path.dirname(made)) giveTo(owner, made);
  } catch (error) {
    throw explainFileError(`make the folder ${folder}`, error);
  }
}

/** The file's text, or undefined where there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw explainFileError(`read ${file}`, error);
  }
}
