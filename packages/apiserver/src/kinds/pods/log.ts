/** pods/log: the kubelet's stream of a container's log, passed on as it comes. */
import { BadRequest, forbidden, invalid, invalidObject } from '@mkube/apimachinery';
import type { FieldError } from '@mkube/apimachinery';
import type { Pod } from '@mkube/api';
import type { Handler } from '../../context.ts';
import { kubeletOfPod } from '../../kubelet/kubelet-address.ts';
import { passOn } from '../../kubelet/pass-on.ts';
import { isTrue } from '../../request/info.ts';
import { containerOf } from './container.ts';

/** Passed to the kubelet as they are. */
const PASSED = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes'];

export const readLog: Handler = async (context) => {
  const { request, info, storage, server } = context;
  checkOptions(request.query, info.name);
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

function checkOptions(query: URLSearchParams, pod: string): void {
  const errors: FieldError[] = [];
  for (const key of NUMBERS) {
    const text = query.get(key);
    if (text === null) continue;
    if (!/^-?[0-9]{1,18}$/.test(text))
      throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    const given = Number(text);
    if (key === 'tailLines' ? given < 0 : given < 1)
      errors.push(invalid(key, given, `must be greater than ${key === 'tailLines' ? 'or equal to ' : ''}0`));
  }
  const since = query.get('sinceTime');
  if (since !== null && Number.isNaN(Date.parse(since)))
    throw new BadRequest(
      `parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(since)} as "2006"`,
    );
  if (since !== null && query.has('sinceSeconds'))
    errors.push(forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  // Streams apart are an alpha of 1.35, off unless somebody asks for it.
  if (query.has('stream')) errors.push(forbidden('stream', 'may not be specified'));
  if (errors.length > 0) throw invalidObject({ group: '', kind: 'PodLogOptions' }, pod, errors);
}
