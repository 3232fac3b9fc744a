/**
 * The runc driver's folder, one per node:
 *
 *   boot                          the kernel's boot id: after another boot nothing below runs any more
 *   sandboxes/<id>/sandbox.json   record; a folder without one is warm (prepared, not given out) or half made
 *     net ipc uts [pid]           namespaces pinned by bind mounts
 *     shm                         the pod's /dev/shm
 *     hostname hosts resolv.conf  mounted into containers that bring none of their own
 *   containers/<id>/              an OCI bundle: config.json, rootfs (overlay of the image's layers, upper and work)
 *     container.json              record
 *     pid conmon.pid attach ctl   conmon's; `started` is what it says of the start
 *   exits/<id>                    exit code, written by conmon when the first process ends
 *   runc/<id>/                    runc's own state
 *   mounts.tab                    for mount(8), while it makes several at once
 */
import path from 'node:path';

export interface Layout {
  root: string;
  boot: string;
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
  record: string;
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
  record: string;
  config: string;
  rootfs: string;
  upper: string;
  work: string;
  pidFile: string;
  conmonPidFile: string;
  attach: string;
  control: string;
  oom: string;
}

export function layoutOf(root: string): Layout {
  const at = (...names: string[]): string => path.join(root, ...names);
  return {
    root,
    boot: at('boot'),
    sandboxes: at('sandboxes'),
    containers: at('containers'),
    exits: at('exits'),
    runc: at('runc'),
    mountTable: at('mounts.tab'),
    exit: (id) => at('exits', id),
    sandbox(id) {
      const folder = at('sandboxes', id);
      const file = (name: string): string => path.join(folder, name);
      return {
        folder,
        record: file('sandbox.json'),
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
      const folder = at('containers', id);
      const file = (name: string): string => path.join(folder, name);
      return {
        folder,
        record: file('container.json'),
        config: file('config.json'),
        rootfs: file('rootfs'),
        upper: file('upper'),
        work: file('work'),
        pidFile: file('pid'),
        conmonPidFile: file('conmon.pid'),
        attach: file('attach'),
        control: file('ctl'),
        oom: file('oom'),
      };
    },
  };
}
