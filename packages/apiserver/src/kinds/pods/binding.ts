/** pods/binding: the scheduler's word on which node runs a pod. Given once; a pod that has a node, or is going, keeps what it has. */
import {
  BadRequest,
  Conflict,
  conflict,
  formatTime,
  invalidObject,
  notSupported,
  required,
  withCondition,
} from '@mkube/apimachinery';
import type { Binding, Pod } from '@mkube/api';
import { validateAdmission } from '../../admission/plugin.ts';
import type { Handler, ResourceContext } from '../../context.ts';
import { jsonResponse, respondRaw } from '../../encode/respond.ts';
import { SUCCESS, decodeSubresource } from '../../handlers/subresource-body.ts';
import { writeOptionsOf } from '../../handlers/write.ts';
import { header } from '../../request/request.ts';
import { NO_TRANSFORMS, negotiate } from '../../request/media-types.ts';

const PODS = { group: '', resource: 'pods' };

export const bindPod: Handler = async (context) => {
  const { request, info } = context;
  const options = writeOptionsOf(context, 'CreateOptions');
  const binding = await decodeSubresource<Binding>(
    context,
    { group: '', version: 'v1', kind: 'Binding' },
    options.fieldValidation,
  );
  const name = info.name || binding.metadata.name;
  if (!name) throw new BadRequest('Name parameter required.');
  if (binding.metadata.name !== name) throw new BadRequest('name in URL does not match name in Binding object');
  await bind(context, name, binding, options.dryRun);
  const media = negotiate(header(request.headers, 'accept'), { protobuf: true, transforms: NO_TRANSFORMS });
  return media.encoding === 'json' ? jsonResponse(201, SUCCESS) : respondRaw(SUCCESS, 201, request, media);
};

async function bind(context: ResourceContext, name: string, binding: Binding, dryRun: boolean): Promise<void> {
  const { server, info, request, warnings } = context;
  checkTarget(binding, name);
  const now = formatTime(server.clock());
  const storage = server.resources.need('pods');
  const mutate = async ({ object }: { object: object }): Promise<Pod> => {
    const pod = object as Pod;
    checkBindable(pod, binding);
    const bound = boundPod(pod, binding, now);
    await validateAdmission(
      {
        operation: 'CREATE',
        definition: storage.definition,
        subresource: 'binding',
        namespace: info.namespace,
        name,
        object: bound,
        oldObject: pod,
        user: request.user,
        dryRun,
        warnings,
      },
      server,
    );
    return bound;
  };
  await storage.update({ namespace: info.namespace, name }, mutate, { dryRun });
}

function checkTarget({ target }: Binding, name: string): void {
  const faults = [
    ...(target.kind && target.kind !== 'Node' ? [notSupported('target.kind', target.kind, ['Node', '<empty>'])] : []),
    ...(target.name ? [] : [required('target.name')]),
  ];
  if (faults.length > 0) throw invalidObject({ group: '', kind: 'Binding' }, name, faults);
}

function checkBindable(pod: Pod, { metadata }: Binding): void {
  const { name, uid, deletionTimestamp } = pod.metadata;
  if (metadata.uid && metadata.uid !== uid)
    throw new Conflict(
      `Operation cannot be fulfilled on pods "${name}": Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
      { details: { name, kind: 'pods' } },
    );
  const refuse = (why: string): never => {
    throw conflict({ ...PODS, resource: 'pods/binding' }, name, why);
  };
  if (deletionTimestamp) refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) refuse(`pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  if (pod.spec.schedulingGates?.length) refuse(`pod ${name} has non-empty .spec.schedulingGates`);
}

function boundPod(pod: Pod, { target, metadata }: Binding, now: string): Pod {
  const conditions = withCondition(pod.status.conditions, {
    type: 'PodScheduled',
    status: 'True',
    lastTransitionTime: now,
  });
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(metadata.labels && { labels: { ...metadata.labels, ...pod.metadata.labels } }),
      ...(metadata.annotations && { annotations: { ...pod.metadata.annotations, ...metadata.annotations } }),
    },
    spec: { ...pod.spec, nodeName: target.name },
    status: { ...pod.status, conditions: [...conditions] },
  };
}
