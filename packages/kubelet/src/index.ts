export { createKubelet, type Kubelet } from './kubelet.ts';
export type { KubeletOptions } from './options.ts';
