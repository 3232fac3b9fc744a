/** Defaults of pods and of what they are made of. Pod templates get all but the rule of Pod itself. */
import type { Container, Pod, PodSpec, Volume } from '../generated/types/core-v1.ts';
import type { Input } from '@mkube/apimachinery';
import { defaultPodResources } from '../core/v1/pod/resources.ts';
import { type Rules, changedEach, rule, setMissing, withMissing } from './rule.ts';

const CORE = 'io.k8s.api.core.v1.';

/** Always for tag latest, and where neither tag nor digest is given. */
export function defaultImagePullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (!REFERENCE.test(image) || image.length > MOST_OF_A_NAME) return 'IfNotPresent';
  const afterSlash = image.slice(image.lastIndexOf('/') + 1);
  if (afterSlash.includes('@'))
    return afterSlash.slice(0, afterSlash.indexOf('@')).endsWith(':latest') ? 'Always' : 'IfNotPresent';
  const colon = afterSlash.indexOf(':');
  return colon < 0 || afterSlash.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Of a repository. */
const MOST_OF_A_NAME = 255;

/** What names an image: [host[:port]/]path[:tag][@digest], the path in lower case. Anything else has no tag to go by. */
const REFERENCE =
  /^(?:(?:[a-zA-Z0-9][a-zA-Z0-9.-]*[.:][a-zA-Z0-9.:-]*|localhost(?::\d+)?|\[[a-fA-F0-9:]+\](?::\d+)?)\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

const container = rule<Container>((c) =>
  withMissing(c, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: c.imagePullPolicy || defaultImagePullPolicy(c.image ?? ''),
  }),
);

const podSpec = rule<PodSpec>((spec) => {
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  const mirrored =
    account === undefined || spec.serviceAccount === account ? spec : { ...spec, serviceAccount: account };
  return withMissing(mirrored, {
    ...(account !== undefined && { serviceAccountName: account }),
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
});

const portsOnHost = (c: Input<Container>): Input<Container> =>
  c.ports?.some((p) => p.hostPort === undefined)
    ? { ...c, ports: c.ports.map((p) => withMissing(p, { hostPort: p.containerPort })) }
    : c;

const requestsFromLimits = (c: Input<Container>): Input<Container> => {
  const limits = c.resources?.limits;
  if (!limits || Object.keys(limits).every((k) => c.resources?.requests?.[k] !== undefined)) return c;
  return { ...c, resources: { ...c.resources, requests: { ...limits, ...c.resources?.requests } } };
};

const pod = rule<Pod>((object) => {
  if (!object.spec) return object;
  const withLinks = withMissing(object.spec, { enableServiceLinks: true });
  const withAmounts = withRequests(withGrace(withLinks));
  const resources = withAmounts.resources && defaultPodResources(withAmounts);
  const spec = resources === withAmounts.resources ? withAmounts : { ...withAmounts, resources };
  return spec === object.spec ? object : { ...object, spec };
});

/** Less than none is the least there is; a template keeps what it says, for the pods made of it. */
const withGrace = (spec: Input<PodSpec>): Input<PodSpec> =>
  (spec.terminationGracePeriodSeconds ?? 0) < 0 ? { ...spec, terminationGracePeriodSeconds: 1 } : spec;

/** Requests of containers that say limits alone, and host ports of those that are on the node's network. */
function withRequests(spec: Input<PodSpec>): Input<PodSpec> {
  const each = (c: Input<Container>) => requestsFromLimits(spec.hostNetwork ? portsOnHost(c) : c);
  const containers = changedEach(spec.containers, each);
  const initContainers = changedEach(spec.initContainers, each);
  if (containers === spec.containers && initContainers === spec.initContainers) return spec;
  return { ...spec, ...(containers && { containers }), ...(initContainers && { initContainers }) };
}

const volume = rule<Volume>((v) => {
  if (Object.keys(v).every((k) => k === 'name')) return { ...v, emptyDir: {} };
  if (!v.image || v.image.pullPolicy !== undefined) return v;
  return { ...v, image: { ...v.image, pullPolicy: defaultImagePullPolicy(v.image.reference ?? '') } };
});

export const podDefaults: Rules = {
  [`${CORE}Pod`]: pod,
  [`${CORE}PodSpec`]: podSpec,
  [`${CORE}Container`]: container,
  [`${CORE}EphemeralContainer`]: container,
  [`${CORE}Probe`]: setMissing({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  [`${CORE}HTTPGetAction`]: setMissing({ path: '/', scheme: 'HTTP' }),
  [`${CORE}ObjectFieldSelector`]: setMissing({ apiVersion: 'v1' }),
  [`${CORE}Volume`]: volume,
  [`${CORE}SecretVolumeSource`]: setMissing({ defaultMode: 420 }),
  [`${CORE}ConfigMapVolumeSource`]: setMissing({ defaultMode: 420 }),
  [`${CORE}DownwardAPIVolumeSource`]: setMissing({ defaultMode: 420 }),
  [`${CORE}ProjectedVolumeSource`]: setMissing({ defaultMode: 420 }),
  [`${CORE}ServiceAccountTokenProjection`]: setMissing({ expirationSeconds: 3600 }),
  [`${CORE}HostPathVolumeSource`]: setMissing({ type: '' }),
};
