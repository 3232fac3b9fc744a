/** What every container gets unless its pod says otherwise: mounts, device rules, hidden paths; Docker's defaults. */
export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface DeviceRule {
  allow: boolean;
  type?: 'a' | 'b' | 'c';
  major?: number;
  minor?: number;
  access?: string;
}

export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function defaultMounts(privileged: boolean): OciMount[] {
  const access = privileged ? 'rw' : 'ro';
  const guarded = ['nosuid', 'noexec', 'nodev'];
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: guarded },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: guarded },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...guarded, access] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...guarded, 'relatime', access] },
  ];
}

/** null, zero, full, tty, urandom, random, console, ptmx, the pts; nothing else may be opened. */
export function deviceRules(privileged: boolean): DeviceRule[] {
  if (privileged) return [{ allow: true, access: 'rwm' }];
  const allow = (major: number, minor?: number): DeviceRule => ({
    allow: true,
    type: 'c',
    major,
    minor,
    access: 'rwm',
  });
  const make = (type: 'b' | 'c'): DeviceRule => ({ allow: true, type, access: 'm' });
  const memory = [3, 5, 7, 8, 9].map((minor) => allow(1, minor));
  return [
    { allow: false, access: 'rwm' },
    make('c'),
    make('b'),
    ...memory,
    allow(5, 0),
    allow(5, 1),
    allow(5, 2),
    allow(136),
  ];
}
