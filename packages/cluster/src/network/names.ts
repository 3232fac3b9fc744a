/** Names on the machine: each carries the cluster's six-digit id, so that teardown finds it by name alone. */
export const prefixOf = (id: string) => `mk${id}`;
export const switchNamespace = (id: string) => `mk${id}-sw`;
export const nodeNamespace = (id: string, index: number) => `mk${id}-n${index}`;
/** The host's end of its cable to the switch. */
export const hostLink = (id: string) => `mk${id}h`;
export const tableName = (id: string) => `mk${id}`;
export const NETNS_FOLDER = '/run/netns';
export const namespacePath = (namespace: string) => `${NETNS_FOLDER}/${namespace}`;
/** In the switch. */
export const BRIDGE = 'br0';
export const HOST_PORT = 'host';
export const nodePort = (index: number) => `n${index}`;
/** In a node. */
export const NODE_LINK = 'eth0';
/** In a node, the bridge of its pods. */
export const POD_BRIDGE = 'pods';
