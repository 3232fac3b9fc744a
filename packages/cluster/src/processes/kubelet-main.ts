/** `mkube kubelet`, detached: argv is home, cluster and node. */
import { runMain } from './main.ts';
import { runKubelet } from './run-kubelet.ts';

void runMain('kubelet', ({ config, args: [node = ''], signal, powerFails, tell }) =>
  runKubelet({ ...config, node }, { signal, powerFails, onReady: () => tell({ ready: true }) }),
);
