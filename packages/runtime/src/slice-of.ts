/**
 * What engines that leave control groups to systemd want as a parent, out of a path: '/mk1-n1/kubepods/podX' is
 * 'mk1_n1-kubepods-podX.slice', as Kubernetes does it: there a dash stands for a level.
 */
export function sliceOf(cgroupParent: string): string {
  const parts = cgroupParent.split('/').filter((part) => part !== '');
  return parts.length === 0 ? '' : `${parts.map((part) => part.replaceAll('-', '_')).join('-')}.slice`;
}
