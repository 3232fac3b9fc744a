/**
 * Services and names for pods in a network of Docker's: runs in a container that is in it. argv is home and cluster. What fails is
 * tried again by Docker, which starts it anew.
 */
import { PROXY } from '../pki/identity.ts';
import { needPair, needText } from '../pki/pki.ts';
import { runMain } from './main.ts';
import { startNodeServices } from './node-services.ts';

void runMain('services', async ({ config: { paths, state, log }, signal }) => {
  const services = await startNodeServices({
    nodeName: '', // of no node: no endpoint is nearer than another
    serviceCidr: state.serviceCidr,
    neighbour: { of: 'gateway' },
    api: {
      server: `https://${state.network.hostAddress}:${state.port}`,
      ca: needText(paths.pki, 'ca.crt'),
      ...needPair(paths.pki, PROXY),
    },
    log,
  });
  await services.run(signal);
});
