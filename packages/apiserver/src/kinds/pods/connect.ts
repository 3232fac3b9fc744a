/** pods/exec, attach and portforward: joined to the kubelet that runs the pod. */
import { BadRequest } from '@mkube/apimachinery';
import type { Pod } from '@mkube/api';
import { isPodTerminal } from '@mkube/api';
import { validateAdmission } from '../../admission/plugin.ts';
import type { Handler, ResourceContext } from '../../context.ts';
import { kubeletOfPod } from '../../kubelet/kubelet-address.ts';
import { isTrue } from '../../request/info.ts';
import { TUNNEL, acceptSpdy, acceptTunnel, isSpdy, offers } from '../../streams/handshake.ts';
import { type ClientUpgrade, pipeToKubelet } from '../../streams/kubelet-pipe.ts';
import { openKubeletSocket } from '../../streams/kubelet-socket.ts';
import { serveCommand } from '../../streams/spdy-command.ts';
import { servePortForward } from '../../streams/spdy-port-forward.ts';
import type { Connect } from '../hooks.ts';
import { containerOf } from './container.ts';

const STREAMS = { stdin: 'input', stdout: 'output', stderr: 'error' } as const;

export const execInPod: Connect = async (context, upgrade) => {
  const { query } = context.request;
  const pod = await podOf(context);
  if (isPodTerminal(pod))
    throw new BadRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  const commands = query.getAll('command');
  if (commands.length === 0) throw new BadRequest('you must specify at least one command for the container');
  const streams = streamsOf(query);
  for (const command of commands) streams.append('command', command);
  await runOnKubelet(context, upgrade, pod, ['exec', containerOf(pod, query.get('container'))], streams);
};

export const attachToPod: Connect = async (context, upgrade) => {
  const { query } = context.request;
  const pod = await podOf(context);
  if (isPodTerminal(pod))
    throw new BadRequest(`cannot attach a container in a completed pod; current phase is ${pod.status.phase}`);
  await runOnKubelet(context, upgrade, pod, ['attach', containerOf(pod, query.get('container'))], streamsOf(query));
};

export const forwardPort: Connect = async (context, upgrade) => {
  const pod = await podOf(context);
  const path = pathTo(context, 'portForward');
  const address = kubeletOfPod(context.server.resources, pod);
  const dial = (port: number) =>
    openKubeletSocket({
      tls: context.server.options.kubelet,
      address,
      path: `${path}?port=${port}`,
      protocol: 'v5.channel.k8s.io',
    });
  if (isSpdy(upgrade)) return servePortForward(acceptSpdy(upgrade, ['portforward.k8s.io']), { dial });
  if (offers(upgrade, TUNNEL)) return servePortForward(await acceptTunnel(upgrade), { dial });
  const query = new URLSearchParams();
  for (const port of context.request.query.getAll('ports')) query.append('ports', port);
  await pipeToKubelet(upgrade, context.server.kubelets, { address, path: `${path}?${query.toString()}` });
};

/** What a plain request to one of these gets, when there is such a pod at all. */
export const needsUpgrade: Handler = async ({ storage, info }) => {
  await storage.caches.fresh();
  storage.get(info);
  throw new BadRequest('Upgrade request required');
};

async function podOf(context: ResourceContext): Promise<Pod> {
  const { storage, info, server, definition, request, warnings } = context;
  await storage.caches.fresh();
  const { object } = storage.get(info);
  await validateAdmission(
    {
      operation: 'CONNECT',
      definition,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name,
      object,
      user: request.user,
      dryRun: false,
      warnings,
    },
    server,
  );
  return object as Pod;
}

function streamsOf(query: URLSearchParams): URLSearchParams {
  const streams = new URLSearchParams();
  const tty = isTrue(query.get('tty'));
  for (const [asked, passed] of Object.entries(STREAMS))
    if (isTrue(query.get(asked)) && !(tty && asked === 'stderr')) streams.set(passed, '1');
  if ([...streams.keys()].length === 0) throw new BadRequest('you must specify at least 1 of stdin, stdout, stderr');
  if (tty) streams.set('tty', '1');
  return streams;
}

/** Runs a command, or attaches: WebSockets go through as they are, SPDY is joined to the kubelet's channels. */
async function runOnKubelet(
  context: ResourceContext,
  upgrade: ClientUpgrade,
  pod: Pod,
  [what = '', container = '']: string[],
  query: URLSearchParams,
): Promise<void> {
  const { server, request } = context;
  const path = `${pathTo(context, what, container)}?${query.toString()}`;
  const address = kubeletOfPod(server.resources, pod);
  if (!isSpdy(upgrade)) return pipeToKubelet(upgrade, server.kubelets, { address, path });
  const asked = Object.keys(STREAMS).filter((name) => query.has(STREAMS[name as keyof typeof STREAMS]));
  const expected = ['error', ...asked, ...(isTrue(request.query.get('tty')) ? ['resize'] : [])];
  const socket = acceptSpdy(upgrade, SPDY_PROTOCOLS);
  const dial = () => openKubeletSocket({ tls: server.options.kubelet, address, path, protocol: 'v5.channel.k8s.io' });
  serveCommand(socket, { expected, dial });
}

const SPDY_PROTOCOLS = ['v4.channel.k8s.io'];

const pathTo = ({ info }: ResourceContext, what: string, ...rest: string[]): string =>
  ['', what, info.namespace, info.name, ...rest].map(encodeURIComponent).join('/');
