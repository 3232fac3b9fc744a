#!/usr/bin/env node
/**
 * Starts a bundled program (mkube.cjs: cli.cjs beside it; server.cjs: server-main.cjs, and so on) from V8's compiled form of it,
 * which saves the parsing of a large file at every start. The compiled form is made when the first run ends that found none for
 * its Node, and never believed blindly: V8 checks version, flags and source, and compiles anew where they differ.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import * as vm from 'node:vm';

type Wrapped = (exports: object, require: NodeJS.Require, module: object, file: string, folder: string) => void;

const own = path.basename(__filename, '.cjs');
const program = own === 'mkube' ? 'cli' : `${own}-main`;
const file = path.join(__dirname, `${program}.cjs`);
// V8 only compares lengths: the name tells one build from the next
const build = Math.trunc(fs.statSync(file).mtimeMs);
const cacheFile = path.join(__dirname, `${program}-${process.version}-${process.arch}-${build}.cache`);
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
