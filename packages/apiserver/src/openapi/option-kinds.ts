/** Kinds that every group-version has beside its own: a client's DeleteOptions may say the version of what it deletes, of any time. */
import type { Json } from './dialect.ts';

const V1 = ['v1'];
const BETA = ['v1', 'v1beta1'];
const ALPHA = ['v1', 'v1alpha1', 'v1beta1'];

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  '': V1,
  'admission.k8s.io': BETA,
  'admissionregistration.k8s.io': ALPHA,
  'apiextensions.k8s.io': BETA,
  'apiregistration.k8s.io': BETA,
  apps: ['v1', 'v1beta1', 'v1beta2'],
  'authentication.k8s.io': ALPHA,
  'authorization.k8s.io': BETA,
  autoscaling: ['v1', 'v2', 'v2beta1', 'v2beta2'],
  batch: BETA,
  'certificates.k8s.io': ALPHA,
  'coordination.k8s.io': ['v1', 'v1alpha2', 'v1beta1'],
  'discovery.k8s.io': BETA,
  'events.k8s.io': BETA,
  extensions: ['v1beta1'],
  'flowcontrol.apiserver.k8s.io': ['v1', 'v1beta1', 'v1beta2', 'v1beta3'],
  'imagepolicy.k8s.io': ['v1alpha1'],
  'internal.apiserver.k8s.io': ['v1alpha1'],
  'networking.k8s.io': BETA,
  'node.k8s.io': ALPHA,
  policy: BETA,
  'rbac.authorization.k8s.io': ALPHA,
  'resource.k8s.io': ['v1', 'v1alpha3', 'v1beta1', 'v1beta2'],
  'scheduling.k8s.io': ALPHA,
  'storage.k8s.io': ALPHA,
  'storagemigration.k8s.io': ['v1beta1'],
};

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EVERYWHERE: ReadonlySet<string> = new Set([`${META}.DeleteOptions`, `${META}.WatchEvent`]);

/** undefined for a type that has one home. */
export function kindsOfOptions(type: string): Json[] | undefined {
  if (!EVERYWHERE.has(type)) return undefined;
  const kind = type.slice(META.length + 1);
  return Object.entries(VERSIONS).flatMap(([group, versions]) => versions.map((version) => ({ group, kind, version })));
}
