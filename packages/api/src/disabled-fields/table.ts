/**
 * Fields of features that are off in Kubernetes 1.35, by kind: the server takes them out of what is written, as if nobody
 * had sent them. A feature's fields stay while the stored object has one of them, so that what another server accepted can
 * still be updated. Upstream's rules are the functions named dropDisabled… beside each strategy.
 *
 * Paths: `list[]` is every item, `map{}` every value, `parent?.field` takes the parent along when nothing else is in it.
 */
export interface Feature {
  gate: string;
  fields: readonly string[];
  /** Kubernetes leaves the fields alone at this endpoint. */
  exceptAt?: 'status';
}

const inContainers = (field: string): string[] =>
  ['containers', 'initContainers', 'ephemeralContainers'].map((list) => `${list}[].${field}`);

const inContainerStatuses = (field: string): string[] =>
  ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].map((list) => `${list}[].${field}`);

const POD_SPEC: readonly Feature[] = [
  { gate: 'ClusterTrustBundleProjection', fields: ['volumes[].projected.sources[].clusterTrustBundle'] },
  { gate: 'PodCertificateRequest', fields: ['volumes[].projected.sources[].podCertificate'] },
  { gate: 'GenericWorkload', fields: ['workloadRef'] },
  { gate: 'ContainerStopSignals', fields: inContainers('lifecycle?.stopSignal') },
];

const POD_STATUS: readonly Feature[] = [
  { gate: 'InPlacePodLevelResourcesVerticalScaling', fields: ['resources', 'allocatedResources'] },
  { gate: 'DRAExtendedResource', fields: ['extendedResourceClaimStatus'] },
  { gate: 'ResourceHealthStatus', fields: inContainerStatuses('allocatedResourcesStatus') },
];

const DEVICE_CLAIM = {
  taints: ['requests[].exactly.tolerations', 'requests[].firstAvailable[].tolerations'],
  capacity: ['constraints[].distinctAttribute', 'requests[].exactly.capacity', 'requests[].firstAvailable[].capacity'],
};

const under = (at: string, fields: readonly string[]): string[] => fields.map((field) => `${at}.${field}`);

const featuresUnder = (at: string, features: readonly Feature[]): Feature[] =>
  features.map(({ gate, fields }) => ({ gate, fields: under(at, fields) }));

const TEMPLATE = featuresUnder('spec.template.spec', POD_SPEC);

/** By group and kind. */
export const disabledFeatures: Readonly<Record<string, readonly Feature[]>> = {
  Pod: [...featuresUnder('spec', POD_SPEC), ...featuresUnder('status', POD_STATUS)],
  PodTemplate: featuresUnder('template.spec', POD_SPEC),
  ReplicationController: TEMPLATE,
  'apps/DaemonSet': TEMPLATE,
  'apps/Deployment': TEMPLATE,
  'apps/ReplicaSet': TEMPLATE,
  'apps/StatefulSet': [
    ...TEMPLATE,
    { gate: 'MaxUnavailableStatefulSet', fields: ['spec.updateStrategy.rollingUpdate.maxUnavailable'] },
  ],
  'batch/Job': TEMPLATE,
  'batch/CronJob': featuresUnder('spec.jobTemplate.spec.template.spec', POD_SPEC),
  Node: [
    // the gate is gone, and nobody can turn it on
    { gate: 'DynamicKubeletConfig', fields: ['spec.configSource'] },
    { gate: 'DynamicKubeletConfig', fields: ['status.config'] },
    { gate: 'NodeDeclaredFeatures', fields: ['status.declaredFeatures'], exceptAt: 'status' },
  ],
  'coordination.k8s.io/Lease': [
    { gate: 'CoordinatedLeaderElection', fields: ['spec.strategy'] },
    { gate: 'CoordinatedLeaderElection', fields: ['spec.preferredHolder'] },
  ],
  'resource.k8s.io/DeviceClass': [{ gate: 'DRAExtendedResource', fields: ['spec.extendedResourceName'] }],
  'resource.k8s.io/ResourceClaim': [
    { gate: 'DRADeviceTaints', fields: under('spec.devices', DEVICE_CLAIM.taints) },
    {
      gate: 'DRAConsumableCapacity',
      fields: [
        ...under('spec.devices', DEVICE_CLAIM.capacity),
        ...under('status.allocation.devices.results[]', ['shareID', 'consumedCapacity']),
        'status.devices[].shareID',
      ],
    },
    {
      gate: 'DRADeviceBindingConditions',
      fields: under('status.allocation.devices.results[]', ['bindingConditions', 'bindingFailureConditions']),
    },
  ],
  'resource.k8s.io/ResourceClaimTemplate': [
    { gate: 'DRADeviceTaints', fields: under('spec.spec.devices', DEVICE_CLAIM.taints) },
    { gate: 'DRAConsumableCapacity', fields: under('spec.spec.devices', DEVICE_CLAIM.capacity) },
  ],
  'resource.k8s.io/ResourceSlice': [
    { gate: 'DRADeviceTaints', fields: ['spec.devices[].taints'] },
    {
      gate: 'DRAPartitionableDevices',
      fields: [
        ...under('spec', ['sharedCounters', 'perDeviceNodeSelection']),
        ...under('spec.devices[]', ['consumesCounters', 'nodeName', 'nodeSelector', 'allNodes']),
      ],
    },
    {
      gate: 'DRADeviceBindingConditions',
      fields: under('spec.devices[]', ['bindingConditions', 'bindingFailureConditions', 'bindsToNode']),
    },
    {
      gate: 'DRAConsumableCapacity',
      fields: under('spec.devices[]', ['allowMultipleAllocations', 'capacity{}.requestPolicy']),
    },
  ],
};
