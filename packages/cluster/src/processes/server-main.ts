/** `mkube server`, detached: argv is home and cluster. */
import { runMain } from './main.ts';
import { runServer } from './run-server.ts';

void runMain('server', ({ config, signal, tell }) =>
  runServer(config, { signal, onReady: (port) => tell({ ready: true, port }) }),
);
