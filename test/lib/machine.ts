/**
 * What a machine shows that a cluster could leave behind: namespaces, links, routes, rules, mounts, control groups, processes.
 * A snapshot is a set of lines; what a second one has more is what was left. Lines of other clusters of this machine are left out.
 */
import fs from 'node:fs';
import path from 'node:path';
import { run } from './command-cluster.ts';

export type Snapshot = ReadonlySet<string>;

export async function readMachine(): Promise<Snapshot> {
  const [links, routes, rules] = await Promise.all([
    output('ip', ['-br', 'link']),
    output('ip', ['-4', 'route', 'show', 'table', 'all']),
    output('nft', ['-s', 'list', 'ruleset']),
  ]);
  return new Set([
    ...linesOf(
      'link',
      links.map((line) => line.split(/[ @]/)[0] ?? ''),
    ),
    ...linesOf('route', routes),
    ...linesOf(
      'rule',
      rules.filter((line) => /^table|chain|DOCKER-USER/.test(line)),
    ),
    ...linesOf('namespace', fs.existsSync('/run/netns') ? fs.readdirSync('/run/netns') : []),
    ...linesOf(
      'mount',
      fs
        .readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? ''),
    ),
    ...linesOf('cgroup', foldersBelow('/sys/fs/cgroup')),
    ...linesOf('process', daemons()),
    ...linesOf('state', fs.existsSync('/var/lib/mkube') ? fs.readdirSync('/var/lib/mkube') : []),
  ]);
}

/** What `after` has more, other clusters' own aside; `id` is ours: six digits. */
export function leftBehind(before: Snapshot, after: Snapshot, id: string): string[] {
  const isOthers = (line: string) => /\bmk\d{6}/.test(line) && !line.includes(`mk${id}`);
  return [...after].filter((line) => !before.has(line) && !isOthers(line));
}

const linesOf = (what: string, lines: string[]) =>
  lines.filter((line) => line !== '').map((line) => `${what} ${line.trim()}`);

async function output(file: string, args: string[]): Promise<string[]> {
  const { stdout } = await run(file, args, process.env, {});
  return stdout.split('\n');
}

/** Processes that nobody waits for: what was started detached ends up as a child of the first one. */
function daemons(): string[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
        const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return parent === '1' && command !== '' ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

function foldersBelow(folder: string): string[] {
  try {
    const entries = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return entries.flatMap(({ name }) => [path.join(folder, name), ...foldersBelow(path.join(folder, name))]);
  } catch {
    return [];
  }
}
