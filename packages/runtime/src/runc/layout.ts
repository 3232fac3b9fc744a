/**
 * The runc driver's folder, one per node:
 *
 *   boot                          the kernel's boot id: after another boot nothing below runs any more
 *   records                       what is known of sandboxes and containers (records.ts)
 *   layers/<id>/                  what a container writes: upper and work of its overlay
 *   live/                         what does not outlive the kernel; elsewhere, in memory, where the driver is told so
 *     sandboxes/<id>/             without a record it is warm (prepared, not given out) or half made
 *       net ipc uts [pid]         namespaces pinned by bind mounts
 *       shm                       the pod's /dev/shm
 *       hostname hosts resolv.conf  mounted into containers that bring none of their own
 *     containers/<id>/            an OCI bundle: config.json, rootfs (overlay of the image's layers and its own)
 *       config.next.json          config.json until it is on record that the container is being started
 *       pid conmon.pid attach ctl conmon's; `started` is what it says of the start
 *     exits/<id>                  exit code, written by conmon when the first process ends
 *     runc/<id>/                  runc's own state
 *   mounts.tab                    for mount(8), while it makes several at once
 */
import path from 'node:path';

export interface Layout {
  root: string;
  boot: string;
  records: string;
  layers: string;
  sandboxes: string;
  containers: string;
  exits: string;
  runc: string;
  mountTable: string;
  sandbox(id: string): SandboxLayout;
  container(id: string): ContainerLayout;
  exit(id: string): string;
}

export interface SandboxLayout {
  folder: string;
  net: string;
  ipc: string;
  uts: string;
  pid: string;
  shm: string;
  hostname: string;
  hosts: string;
  resolvConf: string;
}

export interface ContainerLayout {
  folder: string;
  config: string;
  /** Takes config's place at the start. */
  nextConfig: string;
  rootfs: string;
  /** Holds the next two. */
  layer: string;
  upper: string;
  work: string;
  pidFile: string;
  conmonPidFile: string;
  attach: string;
  control: string;
  oom: string;
}

export function layoutOf(root: string, live = path.join(root, 'live')): Layout {
  const at = (...names: string[]): string => path.join(root, ...names);
  const alive = (...names: string[]): string => path.join(live, ...names);
  return {
    root,
    boot: at('boot'),
    records: at('records'),
    layers: at('layers'),
    sandboxes: alive('sandboxes'),
    containers: alive('containers'),
    exits: alive('exits'),
    runc: alive('runc'),
    mountTable: at('mounts.tab'),
    exit: (id) => alive('exits', id),
    sandbox(id) {
      const folder = alive('sandboxes', id);
      const file = (name: string): string => path.join(folder, name);
      return {
        folder,
        net: file('net'),
        ipc: file('ipc'),
        uts: file('uts'),
        pid: file('pid'),
        shm: file('shm'),
        hostname: file('hostname'),
        hosts: file('hosts'),
        resolvConf: file('resolv.conf'),
      };
    },
    container(id) {
      const folder = alive('containers', id);
      const file = (name: string): string => path.join(folder, name);
      return {
        folder,
        config: file('config.json'),
        nextConfig: file('config.next.json'),
        rootfs: file('rootfs'),
        layer: at('layers', id),
        upper: at('layers', id, 'upper'),
        work: at('layers', id, 'work'),
        pidFile: file('pid'),
        conmonPidFile: file('conmon.pid'),
        attach: file('attach'),
        control: file('ctl'),
        oom: file('oom'),
      };
    },
  };
}
