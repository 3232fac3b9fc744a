/** What the machine under the node is: read once at start, from Node and the usual files. */
import fs from 'node:fs/promises';
import os from 'node:os';

export interface Machine {
  cpus: number;
  memoryBytes: number;
  /** Of the file system that holds the kubelet's folder. */
  diskBytes: number;
  machineID: string;
  systemUUID: string;
  bootID: string;
  kernelVersion: string;
  osImage: string;
  operatingSystem: string;
  architecture: string;
  hugepages: Record<string, number>;
  /** The kernel enforces AppArmor profiles. */
  appArmor: boolean;
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

export async function readMachine(rootDir: string): Promise<Machine> {
  const [machineID, systemUUID, bootID, osRelease, disk, hugepages, appArmor] = await Promise.all([
    readLine('/etc/machine-id'),
    readLine('/sys/class/dmi/id/product_uuid'),
    readLine('/proc/sys/kernel/random/boot_id'),
    fs.readFile('/etc/os-release', 'utf8').catch(() => ''),
    fs.statfs(rootDir),
    readHugepages(),
    readLine('/sys/module/apparmor/parameters/enabled'),
  ]);
  return {
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    machineID,
    systemUUID: systemUUID || machineID,
    bootID,
    kernelVersion: os.release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? os.type(),
    operatingSystem: os.platform() === 'win32' ? 'windows' : os.platform(),
    architecture: ARCHITECTURES[os.arch()] ?? os.arch(),
    hugepages,
    appArmor: appArmor === 'Y',
  };
}

const readLine = async (file: string): Promise<string> => (await fs.readFile(file, 'utf8').catch(() => '')).trim();

/** Bytes by page size: { '2Mi': 0 }. */
async function readHugepages(): Promise<Record<string, number>> {
  const folder = '/sys/kernel/mm/hugepages';
  const names = await fs.readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => {
      const kibibytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1] ?? 0);
      const count = Number(await readLine(`${folder}/${name}/nr_hugepages`));
      const size = kibibytes >= 1_048_576 ? `${kibibytes / 1_048_576}Gi` : `${kibibytes / 1024}Mi`;
      return [size, count * kibibytes * 1024] as const;
    }),
  );
  return Object.fromEntries(sizes);
}
