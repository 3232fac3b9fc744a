/** pods/log: the kubelet's stream of a container's log, passed on as it comes. */
import { BadRequest, invalid, invalidObject } from '@mkube/apimachinery';
import type { FieldError } from '@mkube/apimachinery';
import type { Pod } from '@mkube/api';
import type { Handler } from '../../context.ts';
import { kubeletOfPod } from '../../kubelet/kubelet-address.ts';
import { passOn } from '../../kubelet/pass-on.ts';
import { isTrue } from '../../request/info.ts';
import { containerOf } from './container.ts';

/** Passed to the kubelet as they are. */
const PASSED = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];

export const readLog: Handler = async (context) => {
  const { request, info, storage, server } = context;
  checkOptions(request.query);
  await storage.caches.fresh();
  const pod = storage.get(info).object as Pod;
  const container = containerOf(pod, request.query.get('container'));
  const query = new URLSearchParams();
  for (const key of PASSED) {
    const value = request.query.get(key);
    if (value !== null)
      query.set(key, key === 'follow' || key === 'previous' || key === 'timestamps' ? String(isTrue(value)) : value);
  }
  if (!pod.spec.nodeName) return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.alloc(0) };
  const path = ['', 'containerLogs', info.namespace, info.name, container].map(encodeURIComponent).join('/');
  const address = kubeletOfPod(server.resources, pod);
  const response = await server.kubelets.request({
    address,
    path: `${path}?${query.toString()}`,
    signal: request.signal,
  });
  return passOn(response, { contentType: 'text/plain' });
};

const NUMBERS = ['sinceSeconds', 'tailLines', 'limitBytes'];

function checkOptions(query: URLSearchParams): void {
  const errors: FieldError[] = [];
  for (const key of NUMBERS) {
    const text = query.get(key);
    if (text === null) continue;
    if (!/^-?[0-9]{1,18}$/.test(text)) throw new BadRequest(`${key} must be an integer`);
    const minimum = key === 'tailLines' ? 0 : 1;
    if (Number(text) < minimum) errors.push(invalid(key, Number(text), `must be greater than or equal to ${minimum}`));
  }
  if (query.has('sinceSeconds') && query.has('sinceTime'))
    errors.push(
      invalid('sinceTime', query.get('sinceTime'), 'at most one of `sinceTime` or `sinceSeconds` may be specified'),
    );
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'PodLogOptions' }, '', errors);
}
