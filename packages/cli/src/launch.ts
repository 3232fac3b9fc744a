#!/usr/bin/env node
/**
 * Starts the bundled CLI (cli.cjs beside this file) from V8's compiled form of it, which saves the parsing of a large file at
 * every command. The compiled form is made by the first run that finds none for its Node, and never believed blindly: V8
 * checks version, flags and source, and compiles anew where they differ.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as vm from 'node:vm';

type Wrapped = (exports: object, require: NodeJS.Require, module: object, file: string, folder: string) => void;

const file = path.join(__dirname, 'cli.cjs');
// V8 only compares lengths: the name tells one build from the next
const build = Math.trunc(fs.statSync(file).mtimeMs);
const cacheFile = path.join(__dirname, `cli-${process.version}-${process.arch}-${build}.cache`);
// ASCII alone is in the bundle, so one byte a character will do
const source = `(function (exports, require, module, __filename, __dirname) {${fs.readFileSync(file, 'latin1')}\n})`;
const cachedData = readIfThere(cacheFile);
const script = new vm.Script(source, { filename: file, ...(cachedData && { cachedData }) });
if (!cachedData || script.cachedDataRejected) process.on('exit', () => keep(script.createCachedData()));
const module = { exports: {} };
(script.runInThisContext() as Wrapped)(module.exports, createRequire(file), module, file, __dirname);

function readIfThere(name: string): Buffer | undefined {
  try {
    return fs.readFileSync(name);
  } catch {
    return undefined;
  }
}

/** In the folder of an installation that is not ours to write, every run compiles for itself. */
function keep(data: Buffer): void {
  try {
    const draft = `${cacheFile}.${process.pid}`;
    fs.writeFileSync(draft, data);
    fs.renameSync(draft, cacheFile);
  } catch {
    // no cache, no harm
  }
}
