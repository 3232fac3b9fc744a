/** The schema of a built-in type by its OpenAPI name: compiled out of the facts when first asked for, then kept. */
import { type FieldError, type Schema, type SchemaSet, createSchemas } from '@mkube/apimachinery';
import { defaultsOf } from './defaults/defaults.ts';
import { typeFacts } from './facts.ts';
import { lazy } from './lazy.ts';

/** Required by OpenAPI, but an empty text is a value all the same. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  'io.k8s.api.core.v1.HTTPHeader.value',
  'io.k8s.api.core.v1.Sysctl.value',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Condition.message',
]);

/** Fields that the kinds' own code judges, as Kubernetes words their faults in a way of their own. */
const LEFT_TO_KINDS: ReadonlySet<string> = new Set(
  [
    'apiextensions.v1.CustomResourceColumnDefinition jsonPath',
    'apiextensions.v1.CustomResourceColumnDefinition name',
    'apiextensions.v1.CustomResourceColumnDefinition type',
    'apiextensions.v1.CustomResourceDefinitionVersion name',
    'apiextensions.v1.ValidationRule rule',
    'apps.v1.DaemonSetSpec selector',
    'apps.v1.DaemonSetUpdateStrategy type',
    'apps.v1.DeploymentStrategy type',
    'apps.v1.StatefulSetSpec podManagementPolicy',
    'apps.v1.StatefulSetUpdateStrategy type',
    'apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted',
    'apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenScaled',
    ...['apiVersion', 'kind', 'name', 'uid'].map((field) => `meta.v1.OwnerReference ${field}`),
    'meta.v1.LabelSelectorRequirement key',
    'meta.v1.LabelSelectorRequirement operator',
    'core.v1.HostPathVolumeSource path',
    'core.v1.HostPathVolumeSource type',
    'core.v1.ImageVolumeSource pullPolicy',
    'core.v1.KeyToPath key',
    'core.v1.KeyToPath path',
    'core.v1.PersistentVolumeClaimVolumeSource claimName',
    'core.v1.DownwardAPIVolumeFile path',
    'core.v1.ServiceAccountTokenProjection path',
    'core.v1.ClusterTrustBundleProjection path',
    'core.v1.ObjectFieldSelector fieldPath',
    'core.v1.ResourceFieldSelector resource',
    'core.v1.NFSVolumeSource server',
    'core.v1.NFSVolumeSource path',
    'core.v1.ISCSIVolumeSource targetPortal',
    'core.v1.ISCSIVolumeSource iqn',
    'core.v1.RBDVolumeSource image',
    'core.v1.GlusterfsVolumeSource endpoints',
    'core.v1.GlusterfsVolumeSource path',
    'core.v1.AWSElasticBlockStoreVolumeSource volumeID',
    'core.v1.GCEPersistentDiskVolumeSource pdName',
    'core.v1.AzureFileVolumeSource secretName',
    'core.v1.AzureFileVolumeSource shareName',
    'core.v1.AzureDiskVolumeSource diskName',
    'core.v1.AzureDiskVolumeSource diskURI',
    'core.v1.ScaleIOVolumeSource gateway',
    'core.v1.ScaleIOVolumeSource system',
    'core.v1.ScaleIOVolumeSource secretRef',
    'core.v1.QuobyteVolumeSource registry',
    'core.v1.QuobyteVolumeSource volume',
    'core.v1.CinderVolumeSource volumeID',
    'core.v1.PortworxVolumeSource volumeID',
    'core.v1.VsphereVirtualDiskVolumeSource volumePath',
    'core.v1.PhotonPersistentDiskVolumeSource pdID',
    'core.v1.FlexVolumeSource driver',
    'core.v1.CSIVolumeSource driver',
    'core.v1.ContainerResizePolicy resourceName',
    'core.v1.ContainerResizePolicy restartPolicy',
    'core.v1.VolumeMount mountPropagation',
    'core.v1.HTTPHeader name',
    'core.v1.SeccompProfile type',
    'core.v1.AppArmorProfile type',
    'core.v1.PodSchedulingGate name',
    'core.v1.PodReadinessGate conditionType',
    'core.v1.HostAlias ip',
    'core.v1.TopologySpreadConstraint topologyKey',
    'core.v1.TopologySpreadConstraint whenUnsatisfiable',
    'core.v1.PodAffinityTerm topologyKey',
    'core.v1.NodeSelectorRequirement key',
    'core.v1.NodeSelectorRequirement operator',
    'core.v1.Toleration operator',
    'core.v1.PodOS name',
    'core.v1.ContainerRestartRule action',
    'core.v1.ContainerRestartRuleOnExitCodes operator',
    'core.v1.ResourceClaim name',
    'autoscaling.v2.HPAScalingPolicy type',
    'autoscaling.v2.MetricSpec type',
    'autoscaling.v2.ResourceMetricSource name',
    'autoscaling.v2.ContainerResourceMetricSource name',
    'autoscaling.v2.ContainerResourceMetricSource container',
    'autoscaling.v2.MetricTarget type',
    'autoscaling.v2.MetricIdentifier name',
    'autoscaling.v2.CrossVersionObjectReference kind',
    'autoscaling.v2.CrossVersionObjectReference name',
    'batch.v1.JobSpec completionMode',
    'rbac.v1.RoleRef kind',
    'scheduling.v1.PriorityClass preemptionPolicy',
    'rbac.v1.Subject kind',
    'networking.v1.NetworkPolicyPort protocol',
    'networking.v1.NetworkPolicySpec policyTypes',
    'batch.v1.JobSpec podReplacementPolicy',
    'batch.v1.PodFailurePolicyRule action',
    'batch.v1.PodFailurePolicyOnExitCodesRequirement operator',
    'batch.v1.PodFailurePolicyOnPodConditionsPattern type',
    'batch.v1.PodFailurePolicyOnPodConditionsPattern status',
    'admissionregistration.v1.MutatingWebhook sideEffects',
    'admissionregistration.v1.AuditAnnotation key',
    'admissionregistration.v1.AuditAnnotation valueExpression',
    'admissionregistration.v1.Validation expression',
    'admissionregistration.v1.Variable expression',
    'admissionregistration.v1.Variable name',
    'admissionregistration.v1.ServiceReference name',
    'admissionregistration.v1.ServiceReference namespace',
    'admissionregistration.v1.ValidatingWebhook sideEffects',
    'core.v1.TopologySelectorLabelRequirement key',
    'flowcontrol.v1.FlowDistinguisherMethod type',
    'flowcontrol.v1.LimitResponse type',
    'flowcontrol.v1.PriorityLevelConfigurationReference name',
    'flowcontrol.v1.PriorityLevelConfigurationSpec type',
    'flowcontrol.v1.ServiceAccountSubject name',
    'flowcontrol.v1.ServiceAccountSubject namespace',
    'flowcontrol.v1.GroupSubject name',
    'flowcontrol.v1.UserSubject name',
    'flowcontrol.v1.Subject kind',
    'storage.v1.StorageClass reclaimPolicy',
    'storage.v1.CSINodeDriver name',
    'storage.v1.CSIStorageCapacity storageClassName',
    'storage.v1.TokenRequest audience',
    'storage.v1.VolumeAttachmentSpec attacher',
    'node.v1.RuntimeClass handler',
    'networking.v1.HTTPIngressPath pathType',
    'networking.v1.IngressServiceBackend name',
    'certificates.v1.CertificateSigningRequestSpec request',
    'storage.v1.VolumeAttachmentSpec nodeName',
    'core.v1.LocalVolumeSource path',
    'core.v1.CSIPersistentVolumeSource driver',
    'core.v1.CSIPersistentVolumeSource volumeHandle',
    'core.v1.RBDPersistentVolumeSource image',
    'core.v1.GlusterfsPersistentVolumeSource endpoints',
    'core.v1.GlusterfsPersistentVolumeSource path',
    'core.v1.ISCSIPersistentVolumeSource targetPortal',
    'core.v1.ISCSIPersistentVolumeSource iqn',
    'core.v1.AzureFilePersistentVolumeSource secretName',
    'core.v1.AzureFilePersistentVolumeSource shareName',
    'core.v1.ScaleIOPersistentVolumeSource gateway',
    'core.v1.ScaleIOPersistentVolumeSource system',
    'core.v1.ScaleIOPersistentVolumeSource secretRef',
    'core.v1.CinderPersistentVolumeSource volumeID',
    'core.v1.FlexPersistentVolumeSource driver',
    'core.v1.PersistentVolumeClaimSpec accessModes',
    'core.v1.TypedLocalObjectReference kind',
    'core.v1.TypedLocalObjectReference name',
    'core.v1.TypedObjectReference kind',
    'core.v1.TypedObjectReference name',
    'core.v1.PersistentVolumeClaimSpec volumeMode',
    'core.v1.PersistentVolumeSpec accessModes',
    'core.v1.PersistentVolumeSpec persistentVolumeReclaimPolicy',
    'core.v1.PersistentVolumeSpec volumeMode',
    'core.v1.PodSecurityContext seLinuxChangePolicy',
    'core.v1.PodSpec preemptionPolicy',
    'core.v1.ServiceSpec externalTrafficPolicy',
    'core.v1.EndpointAddress ip',
    'core.v1.ServiceSpec ipFamilies',
    'core.v1.ServiceSpec ipFamilyPolicy',
    'core.v1.ServiceSpec internalTrafficPolicy',
    'core.v1.LimitRangeItem type',
    'core.v1.Taint effect',
    'core.v1.Taint key',
    'discovery.v1.ForNode name',
    'discovery.v1.ForZone name',
    'core.v1.ResourceQuotaSpec scopes',
    'core.v1.ScopedResourceSelectorRequirement operator',
    'core.v1.ScopedResourceSelectorRequirement scopeName',
    'resource.v1.DeviceRequest name',
    'resource.v1.DeviceSubRequest name',
    'resource.v1.DeviceSubRequest deviceClassName',
    'resource.v1.DeviceSubRequest allocationMode',
    'resource.v1.ExactDeviceRequest deviceClassName',
    'resource.v1.ExactDeviceRequest allocationMode',
    'resource.v1.CELDeviceSelector expression',
    'resource.v1.OpaqueDeviceConfiguration driver',
    'resource.v1.OpaqueDeviceConfiguration parameters',
    'resource.v1.DeviceConstraint matchAttribute',
    'resource.v1.DeviceClassSpec extendedResourceName',
    'resource.v1.Device name',
    'resource.v1.DeviceCapacity value',
    'resource.v1.ResourcePool name',
    'resource.v1.ResourceSliceSpec driver',
  ].map((text) => `io.k8s.${packageOf(text)}.${text.replace(' ', '.')}`),
);

function packageOf(text: string): string {
  if (text.startsWith('apiextensions.')) return 'apiextensions-apiserver.pkg.apis';
  return text.startsWith('meta.') ? 'apimachinery.pkg.apis' : 'api';
}

const mayBeEmpty = (typeName: string, field: string): boolean => MAY_BE_EMPTY.has(`${typeName}.${field}`);

const schemas = lazy((): SchemaSet =>
  createSchemas({
    types: typeFacts,
    defaults: defaultsOf,
    mayBeEmpty,
    isJudgedElsewhere: (typeName, field) => LEFT_TO_KINDS.has(`${typeName}.${field}`),
  }),
);
const known = lazy(() => new Map<string, Schema>());

export function schemaOf(type: string): Schema {
  const found = known().get(type);
  if (found) return found;
  const schema = schemas().schemaOf(type);
  const made: Schema = Object.create(schema, {
    validate: { value: (object: unknown) => schema.validate(object).map(inKubernetesWords) },
  }) as Schema;
  known().set(type, made);
  return made;
}

/** Where Kubernetes names the supported values in another order than theirs. */
const ORDERS: readonly (readonly string[])[] = [
  ['Always', 'OnFailure', 'Never'],
  ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
  ['PreemptLowerPriority', 'Never'],
  ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  ['File', 'FallbackToLogsOnError'],
  ['DoNotSchedule', 'ScheduleAnyway'],
];
const listOf = (values: readonly string[]): string => values.map((v) => JSON.stringify(v)).join(', ');
const orders = lazy(() => new Map(ORDERS.map((values) => [listOf(values.toSorted()), listOf(values)])));

function inKubernetesWords(error: FieldError): FieldError {
  if (error.type !== 'FieldValueNotSupported') return error;
  const at = error.message.indexOf('supported values: ') + 'supported values: '.length;
  const order = orders().get(error.message.slice(at));
  return order ? { ...error, message: error.message.slice(0, at) + order } : error;
}
