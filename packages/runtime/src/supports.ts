/** What a whole engine can do: runc, those of CRI, Docker. A driver that lacks something says so over it. */
import type { Supports } from './runtime.ts';

export const wholeEngine: Supports = {
  isolation: true,
  podNetwork: true,
  cgroups: true,
  images: true,
  pull: true,
  tty: true,
  attach: true,
  portForward: true,
  updateResources: true,
  stats: true,
  privileged: true,
};
