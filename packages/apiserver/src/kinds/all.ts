/** The list of kinds that the server itself does something for, by resource. */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import { type KindHooks, NO_HOOKS } from './hooks.ts';
import { componentStatusHooks } from './component-statuses.ts';
import { customResourceDefinitionHooks } from './custom-resource-definitions.ts';
import { namespaceHooks } from './namespaces.ts';
import { proxy, proxyUpgrade } from '../proxy/proxy.ts';
import { bindPod } from './pods/binding.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectReview,
  selfSubjectRulesReview,
  subjectAccessReview,
  tokenReview,
} from './reviews.ts';
import { serviceHooks } from './services/hooks.ts';
import { requestToken } from './service-account-token.ts';
import { getNodeMetrics, listNodeMetrics } from './metrics/node-metrics.ts';
import { getPodMetrics, listPodMetrics } from './metrics/pod-metrics.ts';
import { podHooks } from './pods/hooks.ts';

const hooks = <T extends KubernetesObject>(of: KindHooks<T>): KindHooks => of as unknown as KindHooks;

const EVENT_TTL: KindHooks = { ttlSeconds: 3600 };

const HOOKS: Readonly<Record<string, KindHooks>> = {
  'events.': EVENT_TTL,
  'events.events.k8s.io': EVENT_TTL,
  'componentstatuses.': componentStatusHooks,
  'customresourcedefinitions.apiextensions.k8s.io': hooks(customResourceDefinitionHooks),
  'namespaces.': hooks(namespaceHooks),
  'nodes.': { subresources: { proxy }, connect: { proxy: proxyUpgrade } },
  'pods.': hooks(podHooks),
  'nodes.metrics.k8s.io': { get: getNodeMetrics, list: listNodeMetrics },
  'pods.metrics.k8s.io': { get: getPodMetrics, list: listPodMetrics },
  'bindings.': { create: bindPod },
  'serviceaccounts.': { subresources: { token: requestToken } },
  'selfsubjectreviews.authentication.k8s.io': { create: selfSubjectReview },
  'tokenreviews.authentication.k8s.io': { create: tokenReview },
  'localsubjectaccessreviews.authorization.k8s.io': { create: localSubjectAccessReview },
  'selfsubjectaccessreviews.authorization.k8s.io': { create: selfSubjectAccessReview },
  'selfsubjectrulesreviews.authorization.k8s.io': { create: selfSubjectRulesReview },
  'subjectaccessreviews.authorization.k8s.io': { create: subjectAccessReview },
  'services.': hooks(serviceHooks),
};

/** Looked up once for each definition: every request asks. */
export function createHooksOf(): (definition: ResourceDefinition) => KindHooks {
  const known = new WeakMap<ResourceDefinition, KindHooks>();
  return (definition) => {
    let found = known.get(definition);
    if (!found) known.set(definition, (found = HOOKS[`${definition.resource}.${definition.group}`] ?? NO_HOOKS));
    return found;
  };
}
