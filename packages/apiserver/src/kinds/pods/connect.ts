/** pods/exec, attach and portforward: joined to the kubelet that runs the pod. */
import { BadRequest } from '@mkube/apimachinery';
import type { Pod } from '@mkube/api';
import { isPodTerminal } from '@mkube/api';
import { validateAdmission } from '../../admission/plugin.ts';
import type { Handler, ResourceContext } from '../../context.ts';
import { kubeletOfPod } from '../../kubelet/kubelet-address.ts';
import { isTrue } from '../../request/info.ts';
import { type ClientUpgrade, pipeToKubelet } from '../../streams/kubelet-pipe.ts';
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
  await toKubelet(context, upgrade, pod, ['exec', containerOf(pod, query.get('container'))], streams);
};

export const attachToPod: Connect = async (context, upgrade) => {
  const { query } = context.request;
  const pod = await podOf(context);
  if (isPodTerminal(pod))
    throw new BadRequest(`cannot attach a container in a completed pod; current phase is ${pod.status.phase}`);
  await toKubelet(context, upgrade, pod, ['attach', containerOf(pod, query.get('container'))], streamsOf(query));
};

export const forwardPort: Connect = async (context, upgrade) => {
  const pod = await podOf(context);
  const query = new URLSearchParams();
  for (const port of context.request.query.getAll('ports')) query.append('port', port);
  await toKubelet(context, upgrade, pod, ['portForward'], query);
};

/** What a plain request to one of these gets. */
export const needsUpgrade: Handler = () => Promise.reject(new BadRequest('Upgrade request required'));

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

async function toKubelet(
  { server, info }: ResourceContext,
  upgrade: ClientUpgrade,
  pod: Pod,
  [what = '', ...container]: string[],
  query: URLSearchParams,
): Promise<void> {
  const path = ['', what, info.namespace, info.name, ...container].map(encodeURIComponent).join('/');
  const address = kubeletOfPod(server.resources, pod);
  await pipeToKubelet(upgrade, server.kubelets, { address, path: `${path}?${query.toString()}` });
}
