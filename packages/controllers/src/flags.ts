/** Settings under the names of kube-controller-manager's flags. Times are seconds. */
export interface Flags {
  /** How long a node may be silent before it is marked Unknown. */
  nodeMonitorGracePeriod: number;
  /** How often nodes are looked at. */
  nodeMonitorPeriod: number;
  /** How long a new node may be silent. */
  nodeStartupGracePeriod: number;
  /** Nodes a second whose pods may be evicted while most are well. */
  nodeEvictionRate: number;
  /** The same while many nodes of a large cluster are not; small clusters stop. */
  secondaryNodeEvictionRate: number;
  largeClusterSizeThreshold: number;
  unhealthyZoneThreshold: number;
  /** Terminated pods beyond this many are deleted, oldest first; 0: never. */
  terminatedPodGcThreshold: number;
  /** PEM that pods trust, published in every namespace; without it nothing is published. */
  rootCa?: string;
  /** Where the API is reached inside the cluster: the endpoints of default/kubernetes. Without it that is somebody else's. */
  apiServer?: { host: string; port: number };
  /** The first address is default/kubernetes. */
  serviceCidr: string;
  /** The folder below which volumes of the class `standard` are made; without it no volume is made. */
  volumesRoot?: string;
  /** PEM of the CA that signs client and serving certificates for CertificateSigningRequests. */
  clusterSigning?: { cert: string; key: string };
}

export const defaultFlags: Flags = {
  nodeMonitorGracePeriod: 50,
  nodeMonitorPeriod: 5,
  nodeStartupGracePeriod: 60,
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  largeClusterSizeThreshold: 50,
  unhealthyZoneThreshold: 0.55,
  terminatedPodGcThreshold: 12_500,
  serviceCidr: '10.96.0.0/16',
};
