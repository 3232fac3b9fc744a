export { createKubelet, type Kubelet } from './kubelet.ts';
export type { KubeletOptions } from './options.ts';
export { optionsOfConfiguration } from './configuration/configuration.ts';
