/** Which container of a pod a request means; Kubernetes' own words when that is not clear. Pure. */
import { BadRequest } from '@mkube/apimachinery';
import type { Pod } from '@mkube/api';

const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

export function containerOf(pod: Pod, asked: string | null): string {
  const { name, annotations } = pod.metadata;
  const main = pod.spec.containers.map((c) => c.name);
  const init = (pod.spec.initContainers ?? []).map((c) => c.name);
  const ephemeral = (pod.spec.ephemeralContainers ?? []).map((c) => c.name);
  if (asked) {
    if ([...main, ...init, ...ephemeral].includes(asked)) return asked;
    throw new BadRequest(`container ${asked} is not valid for pod ${name}`);
  }
  const byAnnotation = annotations?.[DEFAULT_CONTAINER];
  if (byAnnotation && main.includes(byAnnotation)) return byAnnotation;
  const [only] = main;
  if (main.length === 1 && only) return only;
  const others = [
    ...(init.length > 0 ? [` or one of the init containers: [${init.join(' ')}]`] : []),
    ...(ephemeral.length > 0 ? [` or one of the ephemeral containers: [${ephemeral.join(' ')}]`] : []),
  ];
  throw new BadRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${others.join('')}`,
  );
}
