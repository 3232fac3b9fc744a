/** A valid object of every built-in kind that is stored, as small as it may be. Not part of the product. */

const podSpec = { containers: [{ name: 'c', image: 'example/image:1' }] };
const template = { metadata: { labels: { app: 'x' } }, spec: podSpec };
const workload = { selector: { matchLabels: { app: 'x' } }, template };
const job = { template: { spec: { ...podSpec, restartPolicy: 'Never' } } };
const clientConfig = { url: 'https://example.com/hook' };
const review = { admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig };
const deviceRequest = { name: 'r', exactly: { deviceClassName: 'example.com' } };
const tokenRequest = '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n';

/** By 'resource.group', without kind and apiVersion; the name is `sample` where the kind does not want another. */
export const SAMPLES: Readonly<Record<string, Record<string, unknown>>> = {
  'configmaps.': { data: { key: 'value' } },
  'endpoints.': { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  'events.': {
    involvedObject: { kind: 'Pod', namespace: 'samples', name: 'p' },
    reason: 'Tested',
    message: 'text',
    type: 'Normal',
  },
  'limitranges.': { spec: { limits: [{ type: 'Container', max: { cpu: '2' } }] } },
  'namespaces.': {},
  'nodes.': { spec: {} },
  'persistentvolumeclaims.': { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  'persistentvolumes.': {
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/x' } },
  },
  'pods.': { spec: podSpec },
  'podtemplates.': { template },
  'replicationcontrollers.': { spec: { selector: { app: 'x' }, template } },
  'resourcequotas.': { spec: { hard: { pods: '3' } } },
  'secrets.': { data: { key: 'dmFsdWU=' } },
  'serviceaccounts.': {},
  'services.': { spec: { selector: { app: 'x' }, ports: [{ port: 80 }] } },
  'apiservices.apiregistration.k8s.io': {
    metadata: { name: 'v1.sample.example.com' },
    spec: {
      group: 'sample.example.com',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: 'samples', name: 's' },
    },
  },
  'controllerrevisions.apps': { revision: 1, data: { a: 1 } },
  'daemonsets.apps': { spec: workload },
  'deployments.apps': { spec: workload },
  'replicasets.apps': { spec: workload },
  'statefulsets.apps': { spec: { ...workload, serviceName: 's' } },
  'events.events.k8s.io': {
    metadata: { name: 'event.1' },
    eventTime: '2024-01-02T03:04:05.000006Z',
    regarding: { kind: 'Pod', namespace: 'samples', name: 'p' },
    reason: 'Tested',
    note: 'text',
    type: 'Normal',
    action: 'Testing',
    reportingController: 'example.com/test',
    reportingInstance: 'test-1',
  },
  'horizontalpodautoscalers.autoscaling': {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }, maxReplicas: 3 },
  },
  'cronjobs.batch': { spec: { schedule: '* * * * *', jobTemplate: { spec: job } } },
  'jobs.batch': { metadata: { name: 'sample', labels: { app: 'x' } }, spec: job },
  'certificatesigningrequests.certificates.k8s.io': {
    spec: {
      request: Buffer.from(tokenRequest).toString('base64'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
    },
  },
  'ingressclasses.networking.k8s.io': { spec: { controller: 'example.com/ingress' } },
  'ingresses.networking.k8s.io': { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
  'ipaddresses.networking.k8s.io': {
    metadata: { name: '10.96.200.1' },
    spec: { parentRef: { resource: 'services', namespace: 'samples', name: 's' } },
  },
  'networkpolicies.networking.k8s.io': { spec: { podSelector: {} } },
  'servicecidrs.networking.k8s.io': { spec: { cidrs: ['10.97.0.0/24'] } },
  'poddisruptionbudgets.policy': { spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } } },
  'clusterrolebindings.rbac.authorization.k8s.io': {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: 'u' }],
  },
  'clusterroles.rbac.authorization.k8s.io': { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  'rolebindings.rbac.authorization.k8s.io': {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: 'u' }],
  },
  'roles.rbac.authorization.k8s.io': { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  'csidrivers.storage.k8s.io': { spec: {} },
  'csinodes.storage.k8s.io': { spec: { drivers: [] } },
  'csistoragecapacities.storage.k8s.io': { storageClassName: 'x', capacity: '1Gi' },
  'storageclasses.storage.k8s.io': { provisioner: 'example.com/p' },
  'volumeattachments.storage.k8s.io': {
    spec: { attacher: 'example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
  },
  'volumeattributesclasses.storage.k8s.io': { driverName: 'example.com', parameters: { a: 'b' } },
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [{ name: 'a.example.com', ...review }] },
  'validatingwebhookconfigurations.admissionregistration.k8s.io': { webhooks: [{ name: 'a.example.com', ...review }] },
  'validatingadmissionpolicies.admissionregistration.k8s.io': {
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
      },
      validations: [{ expression: 'true' }],
    },
  },
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': {
    spec: { policyName: 'p', validationActions: ['Deny'] },
  },
  'customresourcedefinitions.apiextensions.k8s.io': {
    metadata: { name: 'samples.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'samples', singular: 'sample', kind: 'Sample', listKind: 'SampleList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  'priorityclasses.scheduling.k8s.io': { value: 5 },
  'leases.coordination.k8s.io': { spec: { holderIdentity: 'me', leaseDurationSeconds: 10 } },
  'runtimeclasses.node.k8s.io': { handler: 'runc' },
  'endpointslices.discovery.k8s.io': {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  },
  'deviceclasses.resource.k8s.io': { spec: {} },
  'resourceclaims.resource.k8s.io': { spec: { devices: { requests: [deviceRequest] } } },
  'resourceclaimtemplates.resource.k8s.io': { spec: { spec: { devices: { requests: [deviceRequest] } } } },
  'resourceslices.resource.k8s.io': {
    spec: {
      driver: 'example.com',
      nodeName: 'n',
      pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
      devices: [],
    },
  },
  'flowschemas.flowcontrol.apiserver.k8s.io': {
    spec: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 500 },
  },
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  },
};
